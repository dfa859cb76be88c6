import { startRedis } from '@greenroom/test-servers';
import type { TestServer } from '@greenroom/test-servers';
import { serviceTokens, startBackend } from './testSupport/startBackend';
import type { RunningBackend } from './testSupport/startBackend';

let server: TestServer;
beforeAll(async () => {
  server = await startRedis();
});
afterAll(() => server.stop());

const token = serviceTokens.everything;
const clear = (backend: RunningBackend) =>
  backend.request('/v1/clear', { method: 'POST', body: { plugin: 'catalog' }, token });
const instanceOf = async (backend: RunningBackend, path: string) =>
  (await backend.request(path, { token })).body.instance;

it.each([
  ['memory', 'process', 'bob'],
  ['redis', 'store', undefined],
])(
  'replicas with the store %s have different instance ids, and a clear has the scope %s',
  async (store, scope, left) => {
    const cache = store === 'redis' ? { store, connection: server.url } : { store };
    const [one, other] = [await startBackend(cache), await startBackend(cache)];
    for (const { cacheOf } of [one, other]) await cacheOf('catalog').set('some-key', 'bob');

    const instances = await Promise.all([one, other].map(backend => instanceOf(backend, '/v1/status')));
    expect(new Set(instances).size).toBe(2);
    for (const path of ['/v1/plugins', '/v1/entries?plugin=catalog']) {
      expect(await Promise.all([one, other].map(backend => instanceOf(backend, path)))).toEqual(instances);
    }
    expect((await clear(one)).body).toMatchObject({ scope, entries: 1, instance: instances[0] });
    expect(await one.cacheOf('catalog').get('some-key')).toBeUndefined();
    expect(await other.cacheOf('catalog').get('some-key')).toBe(left);
  },
);

it('a clear returns how long near caches of other replicas may serve removed entries', async () => {
  const cache = { store: 'redis', connection: server.url, near: { maxStaleness: '1 hour' } };
  const [one, other] = [await startBackend(cache), await startBackend(cache)];
  const [own, others] = [one.cacheOf('catalog'), other.cacheOf('catalog')];
  await own.set('near-key', 'bob');
  expect([await own.get('near-key'), await others.get('near-key')]).toEqual(['bob', 'bob']);

  expect((await clear(one)).body).toMatchObject({ scope: 'store', maxStalenessMs: 3_600_000 });
  expect([await own.get('near-key'), await others.get('near-key')]).toEqual([undefined, 'bob']);
  expect((await one.request('/v1/status', { token })).body).toMatchObject({ near: { hits: 1, drops: { cleared: 1 } } });
});
