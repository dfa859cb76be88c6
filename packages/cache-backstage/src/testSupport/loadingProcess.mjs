/**
 * A process with the cache of the plugin `catalog`, for tests with several processes. Its argument has a configuration for each store.
 * Messages tell it what to do. It reports when a load begins, and what the callers have got.
 */
import { createCacheManager, createConfigSource, extendCache, parseDriverOptions } from '@greenroom/cache-core';
import { memcacheDriver } from '@greenroom/cache-memcache';
import { redisDriver } from '@greenroom/cache-redis';
import { valkeyDriver } from '@greenroom/cache-valkey';

const drivers = { redis: redisDriver, valkey: valkeyDriver, memcache: memcacheDriver };
const caches = new Map(JSON.parse(process.argv[2]).map(config => [config.store, openCache(config)]));

function openCache(config) {
  const driver = drivers[config.store];
  const driverOptions = parseDriverOptions(driver, createConfigSource(config, 'backend.cache'));
  return extendCache(createCacheManager({ driver, driverOptions }).forPlugin('catalog'));
}

/** Pause between two rounds of callers. It is short, so that many processes ask at the moment when the value expires. */
const ROUND_EVERY_MS = 10;

/** Calls `getOrSet` in rounds until no caller gets the value `expiring`. The second round starts after `restMs`. */
async function getFresh({ store, key, callers, expiring, restMs, loadMs, options }) {
  const load = () => {
    process.send({ loadAtMs: Date.now() });
    return new Promise(resolve => setTimeout(() => resolve(`loaded by ${process.pid}`), loadMs));
  };
  for (let round = 0; ; round++) {
    const getting = Array.from({ length: callers }, () => caches.get(store).getOrSet(key, load, options));
    const values = new Set(await Promise.all(getting));
    if (!values.has(expiring)) return [...values];
    await new Promise(resolve => setTimeout(resolve, round === 0 ? restMs : ROUND_EVERY_MS));
  }
}

// The test process has ended, or has disconnected.
process.on('disconnect', () => process.exit());
process.on('message', async message => process.send({ values: await getFresh(message) }));
// Connects to each store and has all code compiled before the test starts.
for (const cache of caches.values()) {
  await cache.getOrSet(`warm-up-${process.pid}`, () => 'value', { ttl: 1000, acrossProcesses: true });
}
process.send('ready');
