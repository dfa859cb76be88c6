/** What `extendCache` promises on any cache service: on ours over every store, and on Backstage's own. */
import { CacheManager as BackstageCacheManager } from '@backstage/backend-defaults/cache';
import type { CacheService } from '@backstage/backend-plugin-api';
import { mockServices, ServiceFactoryTester } from '@backstage/backend-test-utils';
import { ConfigReader } from '@backstage/config';
import { createCacheManager, createConfigSource, extendCache, parseDriverOptions } from '@greenroom/cache-core';
import type { CacheDriverDefinition, CacheManager } from '@greenroom/cache-core';
import { extendedCases, pluginCases } from '@greenroom/cache-core/testing';
import { memcacheDriver } from '@greenroom/cache-memcache';
import { memoryDriver } from '@greenroom/cache-memory';
import { redisDriver } from '@greenroom/cache-redis';
import { valkeyDriver } from '@greenroom/cache-valkey';
import { uniqueId } from '../testSupport/startBackend';
import { stores, toCacheConfig } from '../testSupport/stores';
import type { StoreUnderTest } from '../testSupport/stores';

const drivers: Record<string, CacheDriverDefinition> = {
  memory: memoryDriver,
  redis: redisDriver,
  valkey: valkeyDriver,
  memcache: memcacheDriver,
};

describe.each(stores)('our cache in $store', row => {
  const driver = drivers[row.store] as CacheDriverDefinition;
  // A busy machine may answer more slowly than usual, and no case is about that.
  const config = { ...toCacheConfig(row), ...(row.server && { [row.store]: { client: { commandTimeout: '5s' } } }) };
  const driverOptions = parseDriverOptions(driver, createConfigSource(config, 'backend.cache'));
  const [one, two] = [1, 2].map(() => createCacheManager({ driver, driverOptions })) as [CacheManager, CacheManager];
  const lacks = row.store === 'memcache' && { lacksClear: 'memcached cannot list keys' };
  afterAll(() => Promise.all([one.close(), two.close()]));

  const openTwo = () => {
    const pluginId = uniqueId();
    return [one.forPlugin(pluginId), two.forPlugin(pluginId)] as const;
  };

  it.each([...extendedCases, ...pluginCases])('$name', async ({ run }) => {
    await run({ ...lacks, open: () => one.forPlugin(uniqueId()), ...(row.store !== 'memory' && { openTwo }) });
  });
});

describe.each([
  { row: stores.find(({ store }) => store === 'memory') as StoreUnderTest, more: { memory: { maxBytes: 100_000 } } },
  { row: stores.find(({ store }) => store === 'memcache') as StoreUnderTest, more: {} },
])('our cache in $row.store', ({ row, more }) => {
  it('setMany stores the other keys when one value is too large, and that key is a miss', async () => {
    const driver = drivers[row.store] as CacheDriverDefinition;
    const config = createConfigSource({ ...toCacheConfig(row), ...more }, 'backend.cache');
    const manager = createCacheManager({ driver, driverOptions: parseDriverOptions(driver, config) });
    const cache = extendCache(manager.forPlugin(uniqueId()));
    const toEntries = (value: string) => new Map(['a', 'b', 'c'].map(key => [key, value]));
    await cache.setMany(toEntries('old'));
    await cache.setMany(toEntries('new').set('b', 'x'.repeat(2 * 1024 * 1024)));
    expect(await cache.getMany(['a', 'b', 'c'])).toEqual(
      new Map([
        ['a', 'new'],
        ['c', 'new'],
      ]),
    );
    await manager.close();
  });
});

const lacksClear = 'a cache service has no method for it';

interface Keyv {
  get(key: string): Promise<unknown>;
  set(key: string, value: unknown): Promise<boolean>;
  readonly opts: { readonly store: { disconnect?(): Promise<void>; readonly client?: { close(): void } } };
}

// Backstage's own cache cannot be closed. Its connections belong to a Keyv each, and would keep the process alive.
const fromBackstage = { paths: [require.resolve('@backstage/backend-defaults/cache')] };
const { Keyv } = jest.requireActual<{ Keyv: { prototype: Keyv } }>(require.resolve('keyv', fromBackstage));
const uses = [jest.spyOn(Keyv.prototype, 'get'), jest.spyOn(Keyv.prototype, 'set')];
afterAll(async () => {
  const used = uses.flatMap(({ mock }) => mock.contexts as Keyv[]);
  for (const store of new Set(used.map(({ opts }) => opts.store))) {
    await store.disconnect?.();
    if (!store.disconnect) store.client?.close();
  }
});

/** Adds a unique prefix to all keys. */
function withOwnKeys(cache: CacheService): CacheService {
  const prefix = uniqueId();
  const toKey = (key: string) => `${prefix}${key}`;
  return {
    get: key => cache.get(toKey(key)),
    set: (key, value, options) => cache.set(toKey(key), value, options),
    delete: key => cache.delete(toKey(key)),
    withOptions: options => withOwnKeys(cache.withOptions(options)),
  };
}

describe.each(stores)("Backstage's own cache in $store", row => {
  const manager = BackstageCacheManager.fromConfig(new ConfigReader({ backend: { cache: { ...toCacheConfig(row) } } }));
  // All cases share one plugin: each plugin has a connection, and in the tested version with Valkey, it sees the keys of the others.
  const cache = manager.forPlugin(uniqueId());

  it.each(extendedCases)('$name', async ({ run }) => {
    await run({ lacksClear, open: () => withOwnKeys(cache) });
  });
});

describe("the cache of Backstage's tests", () => {
  const tester = ServiceFactoryTester.from(mockServices.cache.factory());

  it.each(extendedCases)('$name', async ({ run }) => {
    await run({ lacksClear, open: () => tester.getSubject(uniqueId()) });
  });

  it('can be a mock that stores and returns nothing', async () => {
    const mock = mockServices.cache.mock();
    const cache = extendCache(mock);
    expect(await cache.getOrSet('key', () => 'loaded', { ttl: '1m' })).toBe('loaded');
    expect(await cache.namespace('a').getOrSetMany(['key'], () => new Map([['key', 1]]))).toEqual(
      new Map([['key', 1]]),
    );
    await cache.delete('key');
    expect(mock.set).toHaveBeenCalledWith('key', 'loaded', { ttl: 60_000 });
    expect(mock.delete).toHaveBeenCalledWith('key');
  });
});
