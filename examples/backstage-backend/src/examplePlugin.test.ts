import { mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { BackendFeature } from '@backstage/backend-plugin-api';
import { mockCredentials, mockServices, startTestBackend } from '@backstage/backend-test-utils';
import cacheServiceFactory from '@greenroom/cache-backstage';
import { cachePlugin } from '@greenroom/cache-plugin';
import { fileDriver } from '@greenroom/example-file-driver';
import { until } from '@greenroom/test-servers';
import { createExamplePlugin } from './examplePlugin';
import { trafficPlugins } from './traffic/trafficPlugins';

jest.mock('./pageFolder', () => ({ pageFolder: `${__dirname}/../public` }));

/** Starts a backend with the plugin. Returns a function that sends requests without credentials. */
async function startExample(
  findValue: (id: string) => Promise<string>,
  cache: BackendFeature = cacheServiceFactory,
  cacheConfig: Record<string, string | Record<string, string>> = { store: 'memory' },
) {
  const rootConfig = mockServices.rootConfig.factory({ data: { backend: { cache: cacheConfig } } });
  const { server } = await startTestBackend({
    features: [cache, cachePlugin, rootConfig, createExamplePlugin({ findValue }), ...trafficPlugins],
  });
  return (path: string, method = 'GET', body?: unknown) =>
    fetch(`http://localhost:${server.port()}/api/example/${path}`, {
      method,
      headers: { authorization: mockCredentials.none.header(), 'Content-Type': 'application/json' },
      ...(body !== undefined && { body: JSON.stringify(body) }),
    });
}

it('the plugin answers a lookup from the cache until the entry is deleted', async () => {
  const findValue = jest.fn(async (id: string) => `value of ${id}`);
  const request = await startExample(findValue);
  const lookUp = async () => (await request('lookup/42')).json() as Promise<object>;

  expect(await lookUp()).toEqual({ id: '42', value: 'value of 42', loaded: true, tookMs: expect.any(Number) });
  expect(await lookUp()).toMatchObject({ value: 'value of 42', loaded: false });
  expect((await request('lookup/42', 'DELETE')).status).toBe(204);
  expect(await lookUp()).toMatchObject({ loaded: true });
  expect(findValue).toHaveBeenCalledTimes(2);
});

it('the plugin answers ten concurrent lookups with one load', async () => {
  const findValue = jest.fn(async (id: string) => `value of ${id}`);
  const request = await startExample(findValue);
  const lookups = (await (await request('lookup/42/ten-at-once')).json()) as { value: string; loaded: boolean }[];

  expect(lookups.map(({ value }) => value)).toEqual(Array(10).fill('value of 42'));
  expect(lookups.filter(({ loaded }) => loaded)).toHaveLength(1);
  expect(findValue).toHaveBeenCalledTimes(1);
  expect((await request('lookup/43')).ok).toBe(true);
  expect(findValue).toHaveBeenCalledTimes(2);
});

it('the plugin caches a value for 30 seconds', async () => {
  const cache = mockServices.cache.mock();
  const request = await startExample(async () => 'found', cache.factory);

  await request('lookup/a%2Fb%20c');
  expect(cache.set).toHaveBeenCalledWith('a/b c', 'found', { ttl: 30_000 });
});

it('the plugin answers a failed lookup with status 500, and tries again the next time', async () => {
  const findValue = jest.fn(async () => 'found').mockRejectedValueOnce(new Error('not now'));
  const request = await startExample(findValue);

  expect((await request('lookup/42')).status).toBe(500);
  expect(await (await request('lookup/42')).json()).toMatchObject({ value: 'found', loaded: true });
});

it('the plugin serves its page and reports the store in use', async () => {
  const request = await startExample(async () => 'found');

  expect(await (await request('')).text()).toContain('Greenroom example');
  expect(await (await request('info')).json()).toEqual({ store: 'memory', ttlMs: 30_000 });
});

it('the plugin forwards the status and statistics of the cache plugin without credentials', async () => {
  const request = await startExample(async () => 'found');
  await request('lookup/42');

  expect(await (await request('cache/v1/status')).json()).toMatchObject({ status: 'ok', store: 'memory' });
  expect(await (await request('cache/v1/plugins')).json()).toMatchObject({ plugins: [{ plugin: 'example', sets: 1 }] });
  expect((await request('cache/v1/entries')).status).toBe(400);
  expect((await request('cache/v1/clear', 'POST', { plugin: '*' })).status).toBe(400);
  expect((await request('cache/openapi.json')).status).toBe(404);
});

it('the plugin answers with status 200 and the error in the body when the store cannot list entries', async () => {
  const request = await startExample(async () => 'found', mockServices.cache.mock().factory);
  const answer = await request('cache/v1/entries?plugin=example');
  expect(answer.status).toBe(200);
  expect(await answer.json()).toMatchObject({ error: expect.anything(), response: { statusCode: 501 } });
});

it('the background load looks values up in three plugins while it is on', async () => {
  const request = await startExample(async () => 'found');
  const switchTo = async (isOn: unknown) => request('traffic', 'PUT', { isOn });

  expect(await (await request('traffic')).json()).toEqual({ isOn: false });
  expect((await switchTo('yes')).status).toBe(400);
  expect(await (await switchTo(true)).json()).toEqual({ isOn: true });
  const haveAllHits = async () => {
    const { plugins } = (await (await request('cache/v1/plugins')).json()) as { plugins: { hits: number }[] };
    return plugins.length === 3 && plugins.every(({ hits }) => hits > 0);
  };
  await until('each of them has hits', haveAllHits, 15_000);
  expect(await (await switchTo(false)).json()).toEqual({ isOn: false });
});

it('the plugin caches in files when the configuration names the file driver', async () => {
  const directory = await mkdtemp(join(tmpdir(), 'greenroom-example-'));
  const cache = cacheServiceFactory({ drivers: [fileDriver] });
  const request = await startExample(async () => 'found', cache, {
    store: 'memory',
    driver: 'file',
    file: { directory },
  });
  try {
    expect(await (await request('lookup/42')).json()).toMatchObject({ value: 'found', loaded: true });
    expect(await (await request('lookup/42')).json()).toMatchObject({ value: 'found', loaded: false });
    expect(await (await request('info')).json()).toMatchObject({ store: 'file' });
    // The caller may get its value before that is stored.
    const isStored = async () => /^[\da-f]{64}$/.test((await readdir(directory)).join());
    await until('its one entry is stored', isStored, 10_000);
  } finally {
    await rm(directory, { recursive: true });
  }
});
