import type { CacheService, CacheServiceOptions } from './contract/cacheService';
import type { JsonValue } from './contract/jsonValue';
import { createKeyCache } from './keys/keyCache';
import type { DriverGuard } from './guard/driverGuard';
import { createNearCopies } from './near/nearCopies';
import { createFlights } from './extended/flights';
import { createShield } from './extended/shield';
import { createPluginCache } from './pluginCache';

const catalog = { pluginId: 'catalog', keyPrefix: 'my-app:catalog:' };

/** The cache of a plugin, and what it asks of the store below. */
function open(defaultTtlMs?: number) {
  const calls: unknown[][] = [];
  const store: DriverGuard = {
    get: async (...call) => void calls.push(['get', ...call]),
    getEntry: async (...call) => void calls.push(['getEntry', ...call]),
    clear: async (...call) => void calls.push(['clear', ...call]),
    set: async (...call) => void calls.push(['set', ...call]),
    delete: async (...call) => void calls.push(['delete', ...call]),
    hasLeases: false,
    isAway: false,
    mayRead: () => true,
    takeLease: async () => undefined,
    pollEntry: async () => undefined,
    connections: () => undefined,
    close: async () => {},
  };
  const copies = createNearCopies();
  const cache = createPluginCache(
    catalog,
    {
      guard: store,
      keyCache: createKeyCache(),
      flights: createFlights(),
      copies,
      shield: createShield(copies),
      eventsOf: () => ({}),
    },
    defaultTtlMs,
  );
  return { cache, calls };
}

describe('the cache of a plugin', () => {
  it('uses the same stored key in each operation, also when it is a digest', async () => {
    for (const key of ['key', 'a b', 'x'.repeat(10_000), '\ud800']) {
      const { cache, calls } = open();
      await cache.get(key);
      await cache.set(key, 1);
      await cache.delete(key);
      const storedKeys = calls.map(([, , storedKey]) => storedKey);
      expect(new Set(storedKeys).size).toBe(1);
      expect(storedKeys[0]).toMatch(/^my-app:catalog:[\x21-\x7e]{1,180}$/);
      expect(calls.map(([operation, plugin]) => [operation, plugin])).toEqual([
        ['get', catalog],
        ['set', catalog],
        ['delete', catalog],
      ]);
    }
  });

  it.each([undefined, null, {}])('keeps its options when withOptions gets %j', async options => {
    const { cache, calls } = open(1000);
    await cache.withOptions(options as CacheServiceOptions).set('key', 1);
    expect(calls).toEqual([['set', catalog, 'my-app:catalog:key', '1', 1000]]);
  });

  it('encodes the value when set is called, not later', async () => {
    const { cache, calls } = open();
    const value = { list: [1] };
    const setting = cache.set('key', value);
    value.list.push(2);
    await setting;
    expect(calls).toEqual([['set', catalog, 'my-app:catalog:key', '{"list":[1]}', undefined]]);
  });

  it('turns a set with a ttl of 0 into a delete that is observed as a set', async () => {
    const { cache, calls } = open(1000);
    await cache.set('key', 1, { ttl: 0 });
    expect(calls).toEqual([['delete', catalog, 'my-app:catalog:key', 'set']]);
  });

  it('rejects with CACHE_INVALID_VALUE even when the ttl is 0, and removes nothing', async () => {
    const { cache, calls } = open();
    const setting = cache.set('key', undefined as unknown as JsonValue, { ttl: 0 });
    await expect(setting).rejects.toMatchObject({ code: 'CACHE_INVALID_VALUE' });
    expect(calls).toEqual([]);
  });

  it.each<[string, (cache: CacheService) => Promise<unknown>]>([
    ['get', cache => cache.get(1 as unknown as string)],
    ['set', cache => cache.set(1 as unknown as string, 1)],
    ['delete', cache => cache.delete(1 as unknown as string)],
  ])(
    'rejects with CACHE_INVALID_KEY instead of throwing when the key is not a string, in %s',
    async (_operation, call) => {
      const { cache, calls } = open();
      let result: Promise<unknown> | undefined;
      expect(() => (result = call(cache))).not.toThrow();
      await expect(result).rejects.toMatchObject({ code: 'CACHE_INVALID_KEY' });
      expect(calls).toEqual([]);
    },
  );
});

describe('the ttl of an entry', () => {
  const ttlOf = async (cache: CacheService, calls: unknown[][], options?: { ttl?: number }) => {
    await cache.set('key', 1, options);
    return calls.at(-1)?.[4];
  };

  it('is the default when absent or undefined', async () => {
    const { cache, calls } = open(1000);
    expect(await ttlOf(cache, calls)).toBe(1000);
    expect(await ttlOf(cache, calls, {})).toBe(1000);
    expect(await ttlOf(cache, calls, { ttl: undefined as unknown as number })).toBe(1000);
    expect(await ttlOf(cache, calls, { ttl: 5 })).toBe(5);
  });

  it('stays the default after withOptions({}), and is undefined after a default of Infinity', async () => {
    const { cache, calls } = open(1000);
    expect(await ttlOf(cache.withOptions({}), calls)).toBe(1000);
    expect(await ttlOf(cache.withOptions({ defaultTtl: Infinity }), calls)).toBeUndefined();
    expect(await ttlOf(cache, calls)).toBe(1000);
  });
});
