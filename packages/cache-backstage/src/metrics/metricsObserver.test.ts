import { inspect } from 'node:util';
import { coreServices, createServiceFactory } from '@backstage/backend-plugin-api';
import { mockServices, ServiceFactoryTester } from '@backstage/backend-test-utils';
import type { JsonObject } from '@backstage/types';
import { cacheErrorCodes, extendCache } from '@greenroom/cache-core';
import { startRedis } from '@greenroom/test-servers';
import { cleanUp } from '@greenroom/test-servers/cleanUp';
import { cacheServiceFactory } from '../index';
import { recordLog } from '../testSupport/recordLog';
import { recordMetrics } from '../testSupport/recordMetrics';
import { startBackend } from '../testSupport/startBackend';

const operations = 'greenroom.cache.operations';
const errors = 'greenroom.cache.errors';
const lookups = 'greenroom.cache.lookups';
const loads = 'greenroom.cache.loads';
const durations = 'greenroom.cache.operation.duration';
const states = 'greenroom.cache.store.state';
const sizes = 'greenroom.cache.value.size';
const batches = 'greenroom.cache.read_batch.size';

async function startOnRedis(config: JsonObject = {}) {
  const server = await startRedis();
  cleanUp(() => server.stop());
  const collect = recordMetrics();
  const cache = { store: 'redis', connection: server.url, ...config };
  const backend = await startBackend(cache, { pluginIds: ['catalog', 'search'] });
  return { backend, collect, catalog: backend.cacheOf('catalog'), search: backend.cacheOf('search') };
}

describe('the metrics of a backend that caches in Redis', () => {
  it('count operations by plugin, operation and result', async () => {
    const { catalog, search, collect } = await startOnRedis();
    await catalog.set('some-key', 'bob');
    await catalog.get('some-key');
    await catalog.get('some-key');
    await catalog.get('other-key');
    await search.get('some-key');
    await search.delete('some-key');

    const { metrics } = await collect();
    const counter = metrics.find(({ descriptor }) => descriptor.name === operations);
    const store = 'redis';
    expect(counter).toMatchObject({ descriptor: { unit: '{operation}' }, isMonotonic: true });
    expect(counter?.dataPoints.map(({ value, attributes }) => ({ value, ...attributes }))).toEqual([
      { plugin: 'catalog', store, operation: 'set', result: 'ok', value: 1 },
      { plugin: 'catalog', store, operation: 'set', result: 'error', value: 0 },
      { plugin: 'catalog', store, operation: 'set', result: 'bypass', value: 0 },
      { plugin: 'catalog', store, operation: 'get', result: 'hit', value: 2 },
      { plugin: 'catalog', store, operation: 'get', result: 'stale', value: 0 },
      { plugin: 'catalog', store, operation: 'get', result: 'miss', value: 1 },
      { plugin: 'catalog', store, operation: 'get', result: 'error', value: 0 },
      { plugin: 'catalog', store, operation: 'get', result: 'bypass', value: 0 },
      { plugin: 'search', store, operation: 'get', result: 'hit', value: 0 },
      { plugin: 'search', store, operation: 'get', result: 'stale', value: 0 },
      { plugin: 'search', store, operation: 'get', result: 'miss', value: 1 },
      { plugin: 'search', store, operation: 'get', result: 'error', value: 0 },
      { plugin: 'search', store, operation: 'get', result: 'bypass', value: 0 },
      { plugin: 'search', store, operation: 'delete', result: 'ok', value: 1 },
      { plugin: 'search', store, operation: 'delete', result: 'error', value: 0 },
      { plugin: 'search', store, operation: 'delete', result: 'bypass', value: 0 },
    ]);
  });

  it('start at 0 errors for each plugin and each code with which an operation can fail', async () => {
    const { catalog, search, collect } = await startOnRedis();
    await catalog.get('some-key');
    await search.get('some-key');
    const { valueOf } = await collect();
    const found = cacheErrorCodes.filter(code => valueOf(errors, { store: 'redis', 'error.type': code }) === 0);
    expect(cacheErrorCodes.filter(code => !found.includes(code))).toEqual([
      'CACHE_CONFIG',
      'CACHE_DRIVER_MISSING',
      'CACHE_INVALID_KEY',
      'CACHE_INVALID_TTL',
      'CACHE_INVALID_VALUE',
      'CACHE_LOAD_TIMEOUT',
      'CACHE_UNSUPPORTED',
    ]);
    for (const code of found) {
      const valuesOf = ['catalog', 'search'].map(plugin => valueOf(errors, { plugin, 'error.type': code }));
      expect([code, ...valuesOf]).toEqual([code, 0, 0]);
    }
  });

  it('count sets of entries that never expire, by plugin', async () => {
    const { catalog, search, collect } = await startOnRedis();
    await catalog.set('some-key', 'bob');
    await catalog.set('other-key', 'bob', { ttl: 60_000 });
    await search.get('some-key');
    const { valueOf } = await collect();
    const countOf = (plugin: string) => valueOf('greenroom.cache.sets_without_ttl', { plugin, store: 'redis' });
    expect([countOf('catalog'), countOf('search')]).toEqual([1, 0]);
  });

  it('record the durations of operations in seconds', async () => {
    const { catalog, collect } = await startOnRedis();
    for (let count = 0; count < 20; count++) await catalog.get('some-key');

    const { metrics, valueOf, histogramsOf } = await collect();
    expect(metrics.find(({ descriptor }) => descriptor.name === durations)?.descriptor.unit).toBe('s');
    expect(valueOf(durations)).toBe(20);
    for (const { value, attributes } of histogramsOf(durations)) {
      expect(value.count).toBe(valueOf(operations, attributes));
      expect(value.buckets.boundaries).toEqual([
        0.0001, 0.00025, 0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1,
      ]);
      // Proves the unit: the fastest of many round trips takes between 10 us and 100 ms.
      expect(value.min).toBeGreaterThan(0.00001);
      expect(value.min).toBeLessThan(0.1);
    }
  });

  it('count lookups, loads and leases by result, and start each result at 0', async () => {
    const { catalog, search, collect } = await startOnRedis();
    const cache = extendCache(catalog);
    const find = async () => (await new Promise(setImmediate), 'bob');
    await Promise.all([1, 2, 3].map(() => cache.getOrSet('some-key', find, { ttl: 1, staleTtl: '1m' })));
    await cache.getOrSet('other-key', find, { acrossProcesses: true });
    await expect(extendCache(search).getOrSet('some-key', () => Promise.reject(new Error('no')))).rejects.toThrow('no');
    while ((await cache.get('some-key')) !== undefined) await new Promise(setImmediate);
    await cache.getOrSet('some-key', find);
    while ((await cache.get('some-key')) === undefined) await new Promise(setImmediate);

    const { metrics, histogramsOf, valueOf } = await collect();
    const pointsOf = (name: string) => {
      const found = metrics.find(({ descriptor }) => descriptor.name === name);
      expect(found).toMatchObject({ isMonotonic: true });
      const countOf = (value: number | { readonly count: number }) => (typeof value === 'number' ? value : value.count);
      return found?.dataPoints.map(({ attributes, value }) => [...Object.values(attributes), countOf(value)].join(' '));
    };
    expect(pointsOf(lookups)).toEqual([
      'catalog redis hit 0',
      'catalog redis stale 1',
      'catalog redis load 2',
      'catalog redis shared 2',
      'catalog redis shielded 0',
      'catalog redis error 0',
      'catalog redis aborted 0',
      'search redis hit 0',
      'search redis stale 0',
      'search redis load 0',
      'search redis shared 0',
      'search redis shielded 0',
      'search redis error 1',
      'search redis aborted 0',
    ]);
    expect(pointsOf(loads)).toEqual([
      'catalog redis ok 3',
      'catalog redis detached 0',
      'catalog redis error 0',
      'catalog redis timeout 0',
      'catalog redis aborted 0',
      'search redis ok 0',
      'search redis detached 0',
      'search redis error 1',
      'search redis timeout 0',
      'search redis aborted 0',
    ]);
    expect(pointsOf('greenroom.cache.leases')).toEqual(['catalog redis granted 1', 'catalog redis refused 0']);
    const loadDurations = histogramsOf('greenroom.cache.load.duration');
    expect(loadDurations.map(({ attributes, value }) => [...Object.values(attributes), value.count].join(' '))).toEqual(
      ['catalog redis ok 3', 'search redis error 1'],
    );
    // Proves the unit.
    expect(loadDurations[0]?.value.max).toBeLessThan(1);
    expect(valueOf(operations, { plugin: 'catalog', operation: 'get', result: 'stale' })).toBe(1);
  });

  it('record the sizes of values in bytes, by plugin and operation', async () => {
    const { catalog, collect } = await startOnRedis();
    await catalog.set('some-key', 'bób');
    await catalog.get('some-key');
    await catalog.get('other-key');
    await catalog.set('some-key', 'x'.repeat(100_000));

    const { metrics, histogramsOf } = await collect();
    const seen = histogramsOf(sizes).map(({ attributes, value: { count, sum } }) => ({ ...attributes, count, sum }));
    expect(metrics.find(({ descriptor }) => descriptor.name === sizes)?.descriptor.unit).toBe('By');
    expect(seen).toEqual([
      { plugin: 'catalog', store: 'redis', operation: 'set', count: 2, sum: 6 + 100_002 },
      { plugin: 'catalog', store: 'redis', operation: 'get', count: 1, sum: 6 },
    ]);
  });

  it('record how many gets shared a round trip', async () => {
    const { catalog, search, collect } = await startOnRedis();
    await Promise.all([...Array(9).keys()].map(key => (key % 2 ? catalog : search).get(`key-${key}`)));
    await catalog.get('some-key');

    const { histogramsOf } = await collect();
    const [point] = histogramsOf(batches);
    expect(point?.attributes).toEqual({ store: 'redis' });
    expect(point?.value).toMatchObject({ count: 2, sum: 10, min: 1, max: 9 });
  });

  it('contain no key and no value', async () => {
    const { catalog, collect } = await startOnRedis();
    await catalog.set('key-of-alice', 'value-of-alice');
    await catalog.get('key-of-alice');
    await extendCache(catalog).getOrSet('key-of-alice', () => 'value-of-alice');
    await extendCache(catalog).getOrSet('key-of-alice-too', () => 'value-of-alice', { acrossProcesses: true });
    await catalog.delete('key-of-alice');

    const { metrics } = await collect();
    expect(metrics).toHaveLength(12);
    expect(inspect(metrics, { depth: Infinity })).not.toContain('alice');
  });

  it('stop counting when the backend stops', async () => {
    const { backend, catalog, collect } = await startOnRedis();
    await catalog.get('some-key');
    expect((await collect()).valueOf(operations)).toBe(1);
    await backend.stop();
    await catalog.get('some-key');

    expect((await collect()).valueOf(operations)).toBe(1);
  });
});

describe('the metrics of a near cache', () => {
  const near = (name: string) => `greenroom.cache.near.${name}`;
  const reasons = ['written', 'cleared', 'aged', 'evicted'] as const;
  const startWithNear = () =>
    startOnRedis({ near: { maxBytes: 65_536 }, plugin: { search: { near: { maxStaleness: '1 hour' } } } });

  it('start at 0, and show the configured maxBytes', async () => {
    const { collect } = await startWithNear();
    const { metrics, valueOf } = await collect();
    const values = ['hits', 'fills', 'entries', 'bytes', 'max_bytes'].map(name =>
      valueOf(near(name), { store: 'redis' }),
    );
    expect(values).toEqual([0, 0, 0, 0, 65_536]);
    expect(reasons.map(reason => valueOf(near('drops'), { store: 'redis', reason }))).toEqual([0, 0, 0, 0]);
    const units = metrics.filter(({ descriptor }) => descriptor.name.startsWith(near('')));
    expect(units.map(({ descriptor }) => descriptor.unit)).toEqual([
      ...['{operation}', '{entry}', '{entry}', '{entry}', 'By', 'By'],
    ]);
  });

  it('count hits, fills and drops by reason, and show the entries and bytes held', async () => {
    const { backend, catalog, search, collect } = await startWithNear();
    const countDrops = async () => {
      const { valueOf } = await collect();
      return Object.fromEntries(reasons.map(reason => [reason, valueOf(near('drops'), { reason })]));
    };
    await catalog.set('some-key', 'bob');
    for (let count = 0; count < 3; count++) expect(await catalog.get('some-key')).toBe('bob');
    const { valueOf } = await collect();
    expect([valueOf(near('hits')), valueOf(near('fills')), valueOf(near('entries'))]).toEqual([3, 1, 1]);
    expect(valueOf(near('bytes'))).toBeGreaterThan(100);

    await catalog.set('some-key', 'alice');
    expect(await countDrops()).toEqual({ written: 1, cleared: 0, aged: 0, evicted: 0 });
    const later = Date.now() + 60_000;
    jest.spyOn(Date, 'now').mockReturnValue(later);
    expect(await catalog.get('some-key')).toBe('alice');
    jest.restoreAllMocks();
    expect(await countDrops()).toEqual({ written: 1, cleared: 0, aged: 1, evicted: 0 });
    await backend.operator.clear('catalog');
    expect(await countDrops()).toEqual({ written: 1, cleared: 1, aged: 1, evicted: 0 });
    for (let key = 0; key < 20; key++) await search.set(`key-${key}`, 'x'.repeat(8000));
    expect((await countDrops()).evicted).toBeGreaterThan(10);
    expect((await collect()).valueOf(near('bytes'))).toBeLessThanOrEqual(65_536);
  });

  it('count near hits separately from the hits and durations of the store', async () => {
    const { catalog, collect } = await startWithNear();
    await catalog.set('some-key', 'bob');
    await catalog.get('some-key');
    await extendCache(catalog).getOrSet('some-key', () => 'alice');
    await catalog.get('other-key');
    const { valueOf } = await collect();
    const countOf = (result: string) => valueOf(operations, { operation: 'get', result });
    expect(['near', 'hit', 'stale', 'miss'].map(countOf)).toEqual([2, 0, 0, 1]);
    expect(valueOf(lookups, { result: 'near' })).toBe(1);
    expect(valueOf(lookups, { result: 'hit' })).toBe(0);
    expect(valueOf(durations, { operation: 'get' })).toBe(1);
  });

  it('are absent when the near cache is off', async () => {
    const { catalog, collect } = await startOnRedis({ near: false });
    await catalog.get('some-key');
    await extendCache(catalog).getOrSet('some-key', () => 'bob');
    const { metrics, valueOf } = await collect();
    expect(metrics.filter(({ descriptor }) => descriptor.name.startsWith(near('')))).toEqual([]);
    expect([operations, lookups].map(name => valueOf(name, { result: 'near' }))).toEqual([undefined, undefined]);
  });

  it('exist only for plugins that have a near cache', async () => {
    const { catalog, search, collect } = await startOnRedis({ plugin: { search: { near: true } } });
    for (const cache of [catalog, search]) await cache.get('some-key');
    const { valueOf } = await collect();
    const nearOf = (plugin: string) => valueOf(operations, { plugin, result: 'near' });
    expect([nearOf('catalog'), nearOf('search')]).toEqual([undefined, 0]);
  });
});

it('the metrics of an unused memory store show it as available, without operations or connections', async () => {
  const collect = recordMetrics();
  await startBackend({ store: 'memory' });

  const { valueOf } = await collect();
  const stateOf = (state: string) => valueOf(states, { store: 'memory', state });
  expect([stateOf('available'), stateOf('read-only'), stateOf('unavailable')]).toEqual([1, 0, 0]);
  expect(valueOf(operations)).toBeUndefined();
  expect(valueOf('greenroom.cache.connections')).toBeUndefined();
});

describe('the id of the backend instance', () => {
  async function collectWith(metadata: object) {
    const collect = recordMetrics();
    const server = await startRedis();
    cleanUp(() => server.stop());
    const tester = ServiceFactoryTester.from(cacheServiceFactory(), {
      dependencies: [
        mockServices.rootConfig.factory({ data: { backend: { cache: { store: 'redis', connection: server.url } } } }),
        mockServices.rootLogger.mock(recordLog().logger).factory,
        mockServices.rootLifecycle.mock({ addShutdownHook: hook => cleanUp(async () => hook()) }).factory,
        createServiceFactory({
          service: coreServices.rootInstanceMetadata,
          deps: {},
          factory: () => ({ ...metadata, getInstalledPlugins: async () => [] }),
        }),
      ],
    });
    const cache = await tester.getSubject('catalog');
    await extendCache(cache).getOrSet('some-key', () => 'bob');
    await cache.delete('some-key');
    const { metrics } = await collect();
    return metrics.flatMap(({ dataPoints }) => dataPoints.map(({ attributes }) => attributes['backstage.instance.id']));
  }

  it('is an attribute of every metric when Backstage provides one', async () => {
    const ids = await collectWith({ getId: () => 'instance-1' });
    expect(ids.length).toBeGreaterThan(30);
    expect(new Set(ids)).toEqual(new Set(['instance-1']));
  });

  it('is not an attribute when Backstage provides none', async () => {
    expect(new Set(await collectWith({}))).toEqual(new Set([undefined]));
  });
});
