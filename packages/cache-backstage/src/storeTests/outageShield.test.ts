/** What `getOrSet` loads while a server is killed or frozen. Tests move `Date` to make an outage longer. */
import { EventEmitter, once } from 'node:events';
import { setTimeout as sleep } from 'node:timers/promises';
import { createCacheManager, createConfigSource, extendCache, parseDriverOptions } from '@greenroom/cache-core';
import type { CacheDriverDefinition, CacheLookup } from '@greenroom/cache-core';
import { memcacheDriver } from '@greenroom/cache-memcache';
import { redisDriver } from '@greenroom/cache-redis';
import { valkeyDriver } from '@greenroom/cache-valkey';
import { within } from '@greenroom/test-servers';
import { cleanUp } from '@greenroom/test-servers/cleanUp';
import { serverStores } from '../testSupport/stores';

const drivers: Record<string, CacheDriverDefinition> = {
  redis: redisDriver,
  valkey: valkeyDriver,
  memcache: memcacheDriver,
};
const options = { ttl: '1h' } as const;
const SHIELD_MS = 30_000;

beforeEach(() => {
  const others = ['hrtime', 'nextTick', 'performance', 'queueMicrotask', 'setImmediate', 'clearImmediate'] as const;
  const timers = ['setTimeout', 'clearTimeout', 'setInterval', 'clearInterval'] as const;
  jest.useFakeTimers({ now: Date.now(), doNotFake: [...others, ...timers] });
});
afterEach(() => {
  jest.useRealTimers();
});

describe.each(serverStores)('getOrSet while the server of $store is away', ({ store, server }) => {
  async function open() {
    const running = await server.start();
    const states = new EventEmitter();
    const lookups: CacheLookup['result'][] = [];
    const driver = drivers[store] as CacheDriverDefinition;
    const config = createConfigSource({ store, connection: running.url }, 'backend.cache');
    const manager = createCacheManager({
      driver,
      driverOptions: parseDriverOptions(driver, config),
      observer: {
        onStateChange: ({ state }) => states.emit(state),
        onLookup: ({ result }) => lookups.push(result),
      },
    });
    cleanUp(() => manager.close());
    const cache = extendCache(manager.forPlugin('catalog'));
    const loads = new Map<string, number>();
    const get = (key: string) =>
      cache.getOrSet<string>(
        key,
        async () => {
          loads.set(key, (loads.get(key) ?? 0) + 1);
          await sleep(20);
          return `load ${loads.get(key)} of ${key}`;
        },
        options,
      );
    await Promise.all([cache.set('hot', 'before', options), cache.set('deleted', 'before', options)]);
    expect(await get('hot')).toBe('before');
    return { running, states, lookups, cache, get, loadsOf: (key: string) => loads.get(key) ?? 0 };
  }

  it.each([
    ['kill', 'start'],
    ['freeze', 'thaw'],
  ] as const)('loads a key once in 30 s, and uses the store again when it is back: %s', async (fault, mend) => {
    const { running, states, lookups, cache, get, loadsOf } = await open();
    const cold = Array.from({ length: 300 }, (_, index) => `cold-${index}`);
    await running[fault]();
    const requests: Promise<string>[] = [];
    for (let request = 0; request < 300; request++) {
      requests.push(get('hot'));
      if (request % 20 === 0) requests.push(...cold.map(get));
      await sleep(10);
    }
    await within(5000, Promise.all(requests));
    expect([loadsOf('hot'), ...cold.map(loadsOf)]).toEqual([1, ...cold.map(() => 1)]);
    expect(lookups.filter(result => result === 'shielded').length).toBeGreaterThan(1000);
    // A plain get does not use the shield, and a deleted key does not return its earlier value.
    expect(await cache.get('hot')).toBeUndefined();
    await cache.delete('deleted');
    expect([await get('deleted'), await get('deleted')]).toEqual(['load 1 of deleted', 'load 1 of deleted']);

    jest.setSystemTime(Date.now() + SHIELD_MS);
    const later = await Promise.all(Array.from({ length: 100 }, () => get('hot')));
    expect(new Set([...later, await get('hot')])).toEqual(new Set(['load 2 of hot']));

    const recovered = once(states, 'available');
    await running[mend]();
    await within(10_000, recovered);
    expect(await get('deleted')).toBe('load 2 of deleted');
    // The value from before the outage is still there, unless the server has lost it or has received a later write before it froze.
    expect(['before', 'load 3 of hot']).toContain(await get('hot'));
    expect(loadsOf('cold-0')).toBeLessThanOrEqual(2);
    const atTheStore = await get('cold-0');
    while ((await cache.get('cold-0')) === undefined) await sleep(5);
    expect(await cache.get('cold-0')).toBe(atTheStore);
  });
});
