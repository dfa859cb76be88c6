import { coreServices, createBackendFeatureLoader, createServiceFactory } from '@backstage/backend-plugin-api';
import { mockServices, ServiceFactoryTester } from '@backstage/backend-test-utils';
import { extendCache } from '@greenroom/cache-core';
import type { CacheDriverDefinition } from '@greenroom/cache-core';
import { startRedis, until } from '@greenroom/test-servers';
import type { TestServer } from '@greenroom/test-servers';
import defaultExport, { cacheOperatorServiceRef, cacheServiceFactory } from './index';
import { recordLog } from './testSupport/recordLog';
import { startBackend } from './testSupport/startBackend';

let server: TestServer;
beforeAll(async () => {
  server = await startRedis();
});
afterAll(() => server.stop());

const onRedis = () => ({ store: 'redis', connection: server.url });
const isoTime = expect.stringMatching(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/);
const instanceId = expect.stringMatching(/^[\w-]{36}$/);

const acmeDriver: CacheDriverDefinition = {
  contractVersion: 1,
  store: 'acme',
  parseOptions: () => undefined,
  create: () => ({ get: async () => '"bob"', set: async () => {}, delete: async () => {}, close: async () => {} }),
};

describe('the operator service', () => {
  it('is available with the cache service alone, without any plugin that uses the cache', async () => {
    const { operator } = await startBackend({}, { pluginIds: [] });

    expect(operator.status()).toEqual({
      ...{ status: 'ok', state: 'available', since: isoTime, store: 'memory', servers: [] },
      ...{ instance: instanceId, changes: [] },
    });
    expect(await operator.plugins()).toEqual([]);
  });

  it('reports on the cache that plugins use, with a driver passed in code', async () => {
    const features = [cacheServiceFactory({ drivers: [acmeDriver] })];
    const { operator, cacheOf } = await startBackend({ store: 'acme' }, { pluginIds: ['catalog'], features });
    await cacheOf('catalog').get('some-key');

    expect(operator.status().store).toBe('acme');
    expect(await operator.plugins()).toMatchObject([{ plugin: 'catalog', hits: 1 }]);
  });

  it('keeps the backends of one process apart', async () => {
    const [one, other] = await Promise.all(
      [{}, onRedis()].map(cache => startBackend(cache, { pluginIds: ['catalog'] })),
    );
    await one?.cacheOf('catalog').get('some-key');

    expect(one?.operator.status().instance).not.toBe(other?.operator.status().instance);
    expect(await one?.operator.plugins()).toHaveLength(1);
    expect(await other?.operator.plugins()).toEqual([]);
  });

  it('reports the instance id that Backstage provides', async () => {
    const metadata = createServiceFactory({
      service: coreServices.rootInstanceMetadata,
      deps: {},
      factory: () => ({ getId: () => 'instance-1', getInstalledPlugins: async () => [] }),
    });
    // A backend provides it itself.
    const tester = ServiceFactoryTester.from(cacheServiceFactory(), { dependencies: [metadata] });
    await tester.getSubject();
    expect((await tester.getService(cacheOperatorServiceRef)).status().instance).toBe('instance-1');
  });

  it.each([
    ['by hand', []],
    ['by hand, and ours by a feature loader', [createBackendFeatureLoader({ loader: () => [defaultExport] })]],
  ])('fails with CACHE_UNSUPPORTED when another cache service is added %s', async (_case, loaders) => {
    const other = mockServices.cache.mock();
    const { operator, cacheOf } = await startBackend({}, { features: [other.factory, ...loaders] });
    await cacheOf().delete('some-key');
    expect(other.delete).toHaveBeenCalledTimes(1);

    const error = { code: 'CACHE_UNSUPPORTED', message: expect.stringContaining('@greenroom/cache-backstage') };
    expect(() => operator.status()).toThrow(expect.objectContaining(error));
    await expect(operator.plugins()).rejects.toMatchObject(error);
  });

  it('lets an invalid configuration fail the start without an unhandled rejection', async () => {
    const unhandled: unknown[] = [];
    const listen = (reason: unknown) => void unhandled.push(reason);
    process.on('unhandledRejection', listen);
    await expect(startBackend({ store: 'infinispan' }, { pluginIds: [] })).rejects.toThrow(
      "Unknown cache store 'infinispan' in 'backend.cache.store'",
    );
    await new Promise(setImmediate);
    process.off('unhandledRejection', listen);
    expect(unhandled).toEqual([]);
  });
});

describe('the status', () => {
  it('shows the server, and since when it has been connected', async () => {
    const { operator } = await startBackend(onRedis());
    await until('the store is connected', () => operator.status().state === 'available', 5000);

    const { since, changes, ...status } = operator.status();
    expect(status).toEqual({
      ...{ status: 'ok', state: 'available', store: 'redis', servers: [`${server.host}:${server.port}`] },
      ...{ connections: 1, instance: instanceId },
    });
    expect(changes).toEqual([{ at: since, state: 'available' }]);
  });

  it('shows the last error but no credentials when the server was never up', async () => {
    const away = await startRedis();
    await away.kill();
    const log = recordLog();
    const connection = away.url.replace('://', '://alice:hunter2@');
    const { operator } = await startBackend({ store: 'redis', connection }, { log });
    expect(['starting', 'unavailable']).toContain(operator.status().state);
    await until('the store is away', () => operator.status().state === 'unavailable', 5000);

    const place = `${away.host}:${away.port}`;
    const status = operator.status();
    expect(status).toMatchObject({
      ...{ status: 'degraded', servers: [place], connections: 0 },
      lastError: { code: 'CACHE_UNAVAILABLE', message: expect.stringContaining(place), at: isoTime, server: place },
      changes: [{ at: status.since, state: 'unavailable', error: { code: 'CACHE_UNAVAILABLE' } }],
    });
    expect(JSON.stringify(status)).not.toMatch(/alice|hunter2/);
    await away.stop();
  });

  it('lists the state changes of an outage, and keeps its error after the recovery', async () => {
    const own = await startRedis();
    const { operator } = await startBackend({ store: 'redis', connection: own.url }, { pluginIds: ['catalog'] });
    const becomes = (state: string) => until(`the store is ${state}`, () => operator.status().state === state, 5000);
    await becomes('available');
    await own.kill();
    await becomes('unavailable');
    await own.start();
    await becomes('available');

    const { changes, since, lastError, status } = operator.status();
    expect(changes.map(({ state }) => state)).toEqual(['available', 'unavailable', 'available']);
    expect(since).toBe(changes.at(-1)?.at);
    expect([status, lastError?.code]).toEqual(['ok', 'CACHE_UNAVAILABLE']);
    await own.stop();
  });
});

describe('a near cache', () => {
  const plugin = { search: { near: { maxStaleness: '500ms' } }, techdocs: { near: false } };
  const pluginIds = ['catalog', 'search', 'techdocs'];
  const drops = { written: 0, cleared: 0, aged: 0, evicted: 0 };
  const empty = { maxBytes: 16 * 2 ** 20, bytes: 0, entries: 0, hits: 0, fills: 0, drops };

  it('is shown in the status and in the figures of each plugin that has one', async () => {
    const { operator, cacheOf } = await startBackend({ ...onRedis(), near: true, plugin }, { pluginIds });
    const plugins = [
      { plugin: 'catalog', maxStalenessMs: 2000 },
      { plugin: 'search', maxStalenessMs: 500 },
    ];
    const ofTested = () => {
      const { near } = operator.status();
      return near && { ...near, plugins: near.plugins.filter(each => pluginIds.includes(each.plugin)) };
    };
    expect(ofTested()).toEqual({ plugins, ...empty });

    for (const pluginId of pluginIds) {
      await cacheOf(pluginId).set('near-key', 'bob');
      for (let count = 0; count < 3; count++) await cacheOf(pluginId).get('near-key');
    }
    expect(ofTested()).toMatchObject({ plugins, entries: 2, hits: 6, fills: 2, drops });
    const [catalog, search, techdocs] = await operator.plugins();
    expect(catalog).toMatchObject({ plugin: 'catalog', hits: 3, nearHits: 3, misses: 0, operations: 1 });
    expect(search).toMatchObject({ plugin: 'search', hits: 3, nearHits: 3 });
    expect(techdocs).toMatchObject({ plugin: 'techdocs', hits: 3, operations: 4 });
    expect(techdocs).not.toHaveProperty('nearHits');
  });

  it('a clear returns the maxStalenessMs of the plugin, and none without a near cache', async () => {
    const { operator } = await startBackend({ ...onRedis(), near: true, plugin }, { pluginIds });
    const cleared = await Promise.all(pluginIds.map(pluginId => operator.clear(pluginId)));
    expect(cleared.map(({ maxStalenessMs }) => maxStalenessMs)).toEqual([2000, 500, undefined]);
  });

  it.each([
    ['for all plugins', { near: true }, 'reads of all plugins may be 2 s old; 16 MiB of copies at most'],
    [
      'for all plugins, with other settings for some',
      { near: { maxStaleness: '1s', maxBytes: 65_536 }, plugin },
      'reads of all plugins may be 1 s old, of search 500 ms, of techdocs 0 s; 64 KiB of copies at most',
    ],
    [
      'only for some plugins',
      { plugin: { search: { near: true }, catalog: { near: { maxStaleness: 1500 } }, techdocs: { maxTtl: '1h' } } },
      'reads of search may be 2 s old, of catalog 1.5 s; 16 MiB of copies at most',
    ],
  ])('logs its bounds when it is on %s', async (_where, near, text) => {
    const { log } = await startBackend({ ...onRedis(), ...near }, { pluginIds });
    expect(log.cacheLines().slice(0, 2)).toEqual([
      { level: 'info', message: 'Caching in redis' },
      { level: 'info', message: `Near cache is on: ${text}` },
    ]);
  });

  it.each([
    ['the store is memory', () => ({ near: true })],
    ['it is turned off', () => ({ ...onRedis(), near: false, plugin: { search: { near: false } } })],
  ])('is absent from status, figures, clear and log when %s', async (_case, toConfig) => {
    const { operator, cacheOf, log } = await startBackend(toConfig(), { pluginIds });
    await cacheOf('search').get('near-key');
    expect(operator.status()).not.toHaveProperty('near');
    expect((await operator.plugins())[0]).not.toHaveProperty('nearHits');
    expect(await operator.clear('search')).not.toHaveProperty('maxStalenessMs');
    expect(log.all()).not.toContain('Near cache');
  });

  it('is absent from status and figures with a driver that answers without a promise', async () => {
    const texts = new Map<string, string>();
    const atOnce: CacheDriverDefinition = {
      ...acmeDriver,
      create: () => ({
        get: key => texts.get(key),
        set: (key, text) => void texts.set(key, text),
        delete: key => void texts.delete(key),
        close: async () => {},
      }),
    };
    const features = [cacheServiceFactory({ drivers: [atOnce] })];
    const { operator, cacheOf } = await startBackend({ store: 'acme', near: true }, { pluginIds, features });
    await cacheOf('search').set('near-key', 'bob');
    for (let count = 0; count < 2; count++) expect(await cacheOf('search').get('near-key')).toBe('bob');

    expect(operator.status()).not.toHaveProperty('near');
    expect(await operator.plugins()).toMatchObject([{ plugin: 'search', hits: 2, operations: 3 }]);
    expect((await operator.plugins())[0]).not.toHaveProperty('nearHits');
  });
});

it('the figures of a plugin count its operations since the start', async () => {
  const { operator, cacheOf } = await startBackend(onRedis(), { pluginIds: ['catalog', 'search'] });
  const catalog = cacheOf('catalog');
  await catalog.set('some-key', 'bob', { ttl: 60_000 });
  await catalog.set('other-key', 'bob');
  await catalog.get('some-key');
  await catalog.get('missing-key');
  await catalog.delete('some-key');
  await cacheOf('search').get('some-key');
  await extendCache(cacheOf('search')).getOrSet('some-key', () => 'bob', { ttl: '1m' });

  const [first, second] = await operator.plugins();
  expect(first).toEqual({
    ...{ plugin: 'catalog', hits: 1, misses: 1, errors: 0, bypasses: 0, sets: 2, deletes: 1, setsWithoutTtl: 1 },
    ...{ operations: 5, durationMsTotal: expect.any(Number) },
  });
  expect(first?.durationMsTotal).toBeGreaterThan(0);
  expect(second).toMatchObject({
    ...{ plugin: 'search', hits: 0, misses: 2, setsWithoutTtl: 0, shielded: 0 },
    ...{ lookups: { hit: 0, load: 1 }, loads: { ok: 1 } },
  });
});
