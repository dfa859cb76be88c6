/**
 * A process with the cache of the plugin `catalog`, for tests of several processes. It gets a configuration for each store as its
 * argument, and what to do in messages. It tells when a load begins, and what the callers have got.
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

/** Between the rounds of callers, so that many processes can wait for an expiry at once. */
const ROUND_EVERY_MS = 10;

/** Calls `getOrSet` until no caller gets the value that is about to expire; it does so, at the earliest, after `restMs`. */
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

// The test has ended in any way.
process.on('disconnect', () => process.exit());
process.on('message', async message => process.send({ values: await getFresh(message) }));
// Connected, and everything compiled.
for (const cache of caches.values()) {
  await cache.getOrSet(`warm-up-${process.pid}`, () => 'value', { ttl: 1000, acrossProcesses: true });
}
process.send('ready');
