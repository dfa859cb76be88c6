/** What `extendCache` promises on any cache service: on ours over every store, and on Backstage's own. */
import { CacheManager } from '@backstage/backend-defaults/cache';
import { ConfigReader } from '@backstage/config';
import { createCacheManager, createConfigSource, parseDriverOptions } from '@greenroom/cache-core';
import type { CacheDriverDefinition } from '@greenroom/cache-core';
import { extendedCases } from '@greenroom/cache-core/testing';
import { memcacheDriver } from '@greenroom/cache-memcache';
import { memoryDriver } from '@greenroom/cache-memory';
import { redisDriver } from '@greenroom/cache-redis';
import { valkeyDriver } from '@greenroom/cache-valkey';
import { uniqueId } from '../testSupport/startBackend';
import { stores, toCacheConfig } from '../testSupport/stores';

const drivers: Record<string, CacheDriverDefinition> = {
  memory: memoryDriver,
  redis: redisDriver,
  valkey: valkeyDriver,
  memcache: memcacheDriver,
};

describe.each(stores)('our cache in $store', row => {
  const driver = drivers[row.store] as CacheDriverDefinition;
  const driverOptions = parseDriverOptions(driver, createConfigSource(toCacheConfig(row), 'backend.cache'));
  const manager = createCacheManager({ driver, driverOptions });
  const lacks = row.store === 'memcache' && { lacksClear: 'memcached cannot list keys' };
  afterAll(() => manager.close());

  it.each(extendedCases)('$name', async ({ run }) => {
    await run({ ...lacks, open: () => manager.forPlugin(uniqueId()) });
  });
});

describe("Backstage's own cache, in memory", () => {
  const manager = CacheManager.fromConfig(new ConfigReader({}));

  it.each(extendedCases)('$name', async ({ run }) => {
    await run({ lacksClear: 'it has no method for it', open: () => manager.forPlugin(uniqueId()) });
  });
});
