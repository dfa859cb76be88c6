import { createCacheManager, createConfigSource, extendCache } from '@greenroom/cache-core';
import type { CacheDriverDefinition, CacheService, NearCacheOptions } from '@greenroom/cache-core';
import type { Access, Cache, OpenedSubject, OpenSubject, Store } from '../openSubject';

const loaders: Readonly<Partial<Record<Store, () => Promise<CacheDriverDefinition>>>> = {
  redis: async () => (await import('@greenroom/cache-redis')).redisDriver,
  valkey: async () => (await import('@greenroom/cache-valkey')).valkeyDriver,
  memcache: async () => (await import('@greenroom/cache-memcache')).memcacheDriver,
  memory: async () => (await import('@greenroom/cache-memory')).memoryDriver,
};

/** The complete product: keys, deadlines, circuit breaker, and an observer that counts. */
export const openGreenroom: OpenSubject = (store, access) => open(store, access, false);

/** The same with a near cache. */
export const openNearGreenroom: OpenSubject = (store, access) =>
  open(store, access, access.near?.maxBytes === undefined ? true : { maxBytes: access.near.maxBytes });

async function open(store: Store, access: Access, near: boolean | NearCacheOptions): Promise<OpenedSubject> {
  const driver = await loaders[store]?.();
  if (!driver) throw new Error(`Greenroom has no store '${store}'`);
  let faults = 0;
  const manager = createCacheManager({
    driver,
    driverOptions: driver.parseOptions(createConfigSource({ ...access }, 'backend.cache')),
    near,
    observer: {
      onOperation({ result }) {
        if (result === 'error' || result === 'bypass') faults++;
      },
    },
  });
  return {
    cacheOf: pluginId => manager.forPlugin(pluginId),
    faults: () => faults,
    readThrough(cache, ttlMs) {
      const extended = extendCache(cache as CacheService);
      return (key, load) => extended.getOrSet(key, load, { ttl: ttlMs });
    },
    getFrozen,
    nearFigures: () => manager.nearFigures(),
  };
}

/** Reads through the extended cache, which returns the same frozen value as long as the store returns the same text. */
export function getFrozen(cache: Cache): (key: string) => unknown {
  const extended = extendCache(cache as CacheService);
  return key => extended.get(key, { frozen: true });
}
