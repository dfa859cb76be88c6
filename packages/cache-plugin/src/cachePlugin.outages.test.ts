import { measureMs } from '@greenroom/cache-core/testing';
import { startRedis, startRedisCluster, until } from '@greenroom/test-servers';
import { cleanUp } from '@greenroom/test-servers/cleanUp';
import { createAnswerCheck } from './testSupport/describedAnswers';
import { serviceTokens, startBackend } from './testSupport/startBackend';
import type { RunningBackend } from './testSupport/startBackend';

/** Longest time for a clear or a list while the store is away: the deadline of a command, and a large margin for a busy machine. */
const MAX_MS = 5000;

async function startOnRedis() {
  const server = await startRedis();
  cleanUp(() => server.stop());
  const backend = await startBackend({ store: 'redis', connection: server.url });
  await backend.cacheOf('catalog').set('some-key', 'bob');
  const ask = (path: string) => backend.request(path, { token: serviceTokens.everything });
  const clear = () =>
    backend.request('/v1/clear', { method: 'POST', body: { plugin: 'catalog' }, token: serviceTokens.everything });
  const becomes = (status: string) =>
    until(`the status is ${status}`, async () => (await ask('/v1/status')).body.status === status, 10_000);
  return { server, backend, ask, clear, becomes };
}

/** Expects a 503 within bounded time, with a message that begins with an error code. */
async function expectUnavailable(request: () => ReturnType<RunningBackend['request']>) {
  let response: Awaited<ReturnType<typeof request>> | undefined;
  const tookMs = await measureMs(async () => {
    response = await request();
  });
  expect([response?.status, response?.body.error]).toMatchObject([
    503,
    { name: 'ServiceUnavailableError', message: expect.stringMatching(/^CACHE_[A-Z_]+: /) },
  ]);
  expect(tookMs).toBeLessThan(MAX_MS);
}

it('the plugin reports a killed store as degraded, and works again when the store is back', async () => {
  const { server, backend, ask, clear, becomes } = await startOnRedis();
  await server.kill();
  await backend.cacheOf('catalog').get('some-key');
  await becomes('degraded');

  const status = await ask('/v1/status');
  expect(status.status).toBe(200);
  expect(status.body).toMatchObject({
    state: 'unavailable',
    servers: [`${server.host}:${server.port}`],
    lastError: { code: 'CACHE_UNAVAILABLE', at: expect.any(String), server: `${server.host}:${server.port}` },
  });
  expect((await ask('/v1/plugins')).status).toBe(200);
  await expectUnavailable(() => ask('/v1/entries?plugin=catalog'));
  await expectUnavailable(clear);
  expect(backend.log.takeAuditEvents()).toMatchObject([
    { eventId: 'cache-clear', status: 'initiated', meta: { plugin: 'catalog' } },
    { eventId: 'cache-clear', status: 'failed', error: { name: 'ServiceUnavailableError' } },
  ]);

  await server.start();
  await becomes('ok');
  await backend.cacheOf('catalog').set('other-key', 'bob');
  expect((await clear()).body).toMatchObject({ plugin: 'catalog', scope: 'store' });
  expect(await backend.cacheOf('catalog').get('other-key')).toBeUndefined();
});

it.each([
  ['GET /v1/entries', '/v1/entries?plugin=catalog'],
  ['POST /v1/clear', undefined],
])('%s answers 503 within 5 s while the server is silent', async (_what, path) => {
  const { server, ask, clear } = await startOnRedis();
  await server.freeze();
  try {
    await expectUnavailable(() => (path ? ask(path) : clear()));
  } finally {
    await server.thaw();
  }
});

it('lists, clears and audit events name the cluster nodes that are unreachable', async () => {
  const cluster = await startRedisCluster({ args: ['--cluster-require-full-coverage', 'no'] });
  cleanUp(() => cluster.stop());
  const rootNodes = cluster.nodes.map(({ url }) => ({ url }));
  const backend = await startBackend({
    store: 'redis',
    connection: rootNodes[0]?.url ?? '',
    redis: { cluster: { rootNodes } },
  });
  const request = (path: string, options = {}) =>
    backend.request(path, { token: serviceTokens.everything, ...options });
  const keys = Array.from({ length: 60 }, (_, index) => `key-${index}`);
  await Promise.all(keys.map(key => backend.cacheOf('catalog').set(key, 'bob')));
  const listed = await request('/v1/entries?plugin=catalog&limit=1000');
  expect(listed.body).toMatchObject({ isApproximate: false });

  const [lost] = cluster.nodes.slice(-1);
  await lost?.kill();
  const unreached = [`${lost?.host}:${lost?.port}`];
  const entries = await request('/v1/entries?plugin=catalog&limit=1000');
  expect(entries.body).toMatchObject({ unreached, isApproximate: true });
  const cleared = await request('/v1/clear', { method: 'POST', body: { plugin: 'catalog' } });
  expect(cleared.body).toMatchObject({ unreached, scope: 'store' });
  expect(backend.log.takeAuditEvents().at(-1)).toMatchObject({ status: 'succeeded', meta: { unreached } });

  const { check } = createAnswerCheck();
  check('GET /v1/entries', entries);
  check('POST /v1/clear', cleared);
});
