/** A process that reads from caches when a test tells it to, for tests of the age of what is read. */
import { createCacheManager, createConfigSource, extendCache, parseDriverOptions } from '@greenroom/cache-core';
import { memcacheDriver } from '@greenroom/cache-memcache';
import { redisDriver } from '@greenroom/cache-redis';
import { readAsTold } from '@greenroom/test-servers/readLoop';
import { valkeyDriver } from '@greenroom/cache-valkey';

await readAsTold(({ config, pluginId, near }, observer) => {
  const driver = { redis: redisDriver, valkey: valkeyDriver, memcache: memcacheDriver }[config.store];
  const driverOptions = parseDriverOptions(driver, createConfigSource(config, 'backend.cache'));
  const manager = createCacheManager({ driver, driverOptions, observer, ...(near && { near }) });
  return { cache: extendCache(manager.forPlugin(pluginId)), close: () => manager.close() };
});
