/**
 * A process with the cache of the plugin `catalog`, for tests of several processes. It gets the configuration as its argument, and what
 * to do in messages. It tells when a load begins, and what the callers have got.
 */
import { createCacheManager, createConfigSource, extendCache, parseDriverOptions } from '@greenroom/cache-core';
import { memcacheDriver } from '@greenroom/cache-memcache';
import { redisDriver } from '@greenroom/cache-redis';
import { valkeyDriver } from '@greenroom/cache-valkey';

const config = JSON.parse(process.argv[2]);
const driver = { redis: redisDriver, valkey: valkeyDriver, memcache: memcacheDriver }[config.store];
const driverOptions = parseDriverOptions(driver, createConfigSource(config, 'backend.cache'));
const manager = createCacheManager({ driver, driverOptions });
const cache = extendCache(manager.forPlugin('catalog'));

/** Calls `getOrSet` until no caller gets the value that is about to expire. */
async function getFresh({ key, callers, expiring, loadMs, options }) {
  const load = () => {
    process.send({ loadAtMs: Date.now() });
    return new Promise(resolve => setTimeout(() => resolve(`loaded by ${process.pid}`), loadMs));
  };
  for (;;) {
    const getting = Array.from({ length: callers }, () => cache.getOrSet(key, load, options));
    const values = new Set(await Promise.all(getting));
    if (!values.has(expiring)) return [...values];
  }
}

process.on('message', async message => process.send({ values: await getFresh(message) }));
// Connected, and everything compiled.
await cache.getOrSet(`warm-up-${process.pid}`, () => 'value', { ttl: 1000, acrossProcesses: true });
process.send('ready');
