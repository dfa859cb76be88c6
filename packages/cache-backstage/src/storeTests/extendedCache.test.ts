/** What `extendCache` promises on any cache service: on ours over every store, and on Backstage's own. */
import { CacheManager as BackstageCacheManager } from '@backstage/backend-defaults/cache';
import { ConfigReader } from '@backstage/config';
import { createCacheManager, createConfigSource, parseDriverOptions } from '@greenroom/cache-core';
import type { CacheDriverDefinition, CacheManager } from '@greenroom/cache-core';
import { extendedCases, pluginCases } from '@greenroom/cache-core/testing';
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

describe("Backstage's own cache, in memory", () => {
  const manager = BackstageCacheManager.fromConfig(new ConfigReader({}));

  it.each(extendedCases)('$name', async ({ run }) => {
    await run({ lacksClear: 'it has no method for it', open: () => manager.forPlugin(uniqueId()) });
  });
});
