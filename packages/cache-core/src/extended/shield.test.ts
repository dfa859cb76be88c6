import { createTestCache } from '../testing/testCache/createTestCache';
import type { ExtendedCache, GetOrSetOptions } from '../contract/extendedCache';
import type { JsonValue } from '../contract/jsonValue';
import { createNearCopies } from '../near/nearCopies';
import { createSharedValue } from '../values/sharedValue';
import { createShield } from './shield';

beforeEach(() => {
  jest.useFakeTimers();
});
afterEach(() => {
  jest.useRealTimers();
});

/** Looks a key up with a load that returns `load 1`, `load 2` and so on, unless `toValue` says otherwise. */
function createLookup(
  cache: ExtendedCache,
  options?: GetOrSetOptions,
  key = 'key',
  toValue: (loads: number) => JsonValue = loads => `load ${loads}`,
) {
  let loads = 0;
  return {
    get loads() {
      return loads;
    },
    get: (own?: GetOrSetOptions) => cache.getOrSet<JsonValue>(key, () => toValue(++loads), { ...options, ...own }),
    getMany: async (own?: GetOrSetOptions) => {
      const load = (missing: readonly string[]) => new Map(missing.map(missed => [missed, toValue(++loads)]));
      return (await cache.getOrSetMany<JsonValue>([key], load, { ...options, ...own })).get(key);
    },
  };
}

describe.each(['get', 'getMany'] as const)('a lookup by %s while the store is away', method => {
  it.each(['fail', 'stall'] as const)(
    'loads a key once per 30 s at 100 requests per second when store calls %s',
    async fault => {
      const cache = createTestCache();
      cache[fault]();
      const lookup = createLookup(cache, { ttl: '1h' });
      const requests: Promise<unknown>[] = [];
      const loadsAtSecond: number[] = [];
      for (let second = 0; second < 60; second++) {
        for (let request = 0; request < 100; request++) {
          requests.push(lookup[method]());
          await jest.advanceTimersByTimeAsync(10);
        }
        loadsAtSecond.push(lookup.loads);
      }
      await jest.advanceTimersByTimeAsync(2000);
      expect(loadsAtSecond[28]).toBe(1);
      expect(lookup.loads).toBeLessThanOrEqual(2);
      expect(new Set(await Promise.all(requests))).toEqual(new Set(['load 1', 'load 2'].slice(0, lookup.loads)));
    },
  );

  it('reuses a loaded value for its ttl when below 30 s, and null for its negativeTtl', async () => {
    const cache = createTestCache();
    cache.fail();
    const lookup = createLookup(cache, { ttl: 5000, negativeTtl: 1000 });
    await lookup[method]();
    await jest.advanceTimersByTimeAsync(4990);
    expect(await lookup[method]()).toBe('load 1');
    await jest.advanceTimersByTimeAsync(20);
    expect(await lookup[method]()).toBe('load 2');
    const nullLookup = createLookup(cache, { ttl: 5000, negativeTtl: 1000 }, 'null', () => null);
    await nullLookup[method]();
    await jest.advanceTimersByTimeAsync(990);
    expect([await nullLookup[method](), nullLookup.loads]).toEqual([null, 1]);
    await jest.advanceTimersByTimeAsync(20);
    expect([await nullLookup[method](), nullLookup.loads]).toEqual([null, 2]);
  });

  it('returns a loaded value that is never stored, and forgets it when the store recovers', async () => {
    const cache = createTestCache();
    await cache.set('key', 'before', { ttl: '1h' });
    cache.fail();
    const [lookup, missing] = [createLookup(cache, { ttl: '1h' }), createLookup(cache, { ttl: '1h' }, 'missing')];
    expect([await lookup[method](), await missing[method]()]).toEqual(['load 1', 'load 1']);
    await cache.recover();
    expect(await cache.get('key')).toBe('before');
    expect(await lookup[method]()).toBe('before');
    expect(await missing[method]()).toBe('load 2');
    cache.fail();
    expect(await lookup[method]()).toBe('load 2');
  });

  it('replaces the kept value with forceFresh, and never reads the old stored value again', async () => {
    const cache = createTestCache();
    await cache.set('key', 'before', { ttl: '1h' });
    cache.fail();
    const lookup = createLookup(cache, { ttl: '1h' });
    expect(await lookup[method]()).toBe('load 1');
    expect(await lookup[method]({ forceFresh: true })).toBe('load 2');
    expect(await lookup[method]()).toBe('load 2');
    await cache.recover();
    expect(await cache.get('key')).toBeUndefined();
    expect(await lookup[method]()).toBe('load 3');
  });

  it.each<[string, (cache: ExtendedCache) => Promise<void>]>([
    ['set', cache => cache.set('key', 'set')],
    ['set with a ttl of 0', cache => cache.set('key', 'set', { ttl: 0 })],
    ['setMany', cache => cache.setMany(new Map([['key', 'set']]))],
    ['delete', cache => cache.delete('key')],
    ['deleteMany', cache => cache.deleteMany(['other', 'key'])],
    ['clear', cache => cache.clear()],
  ])('loads again after a %s by the plugin, and never reads the old stored value again', async (_, change) => {
    const cache = createTestCache();
    await cache.set('key', 'before', { ttl: '1h' });
    cache.fail();
    const lookup = createLookup(cache, { ttl: '1h' });
    await lookup[method]();
    await change(cache);
    expect(await lookup[method]()).toBe('load 2');
    expect(await lookup[method]()).toBe('load 2');
    await cache.recover();
    await jest.advanceTimersByTimeAsync(1000);
    expect(await cache.get('key')).toBeUndefined();
  });

  it('does not keep the value of a load that a delete detached', async () => {
    const cache = createTestCache();
    cache.fail();
    const loading = cache.getOrSet('key', () => new Promise<string>(resolve => setTimeout(resolve, 100, 'old')));
    await jest.advanceTimersByTimeAsync(50);
    await cache.delete('key');
    await jest.advanceTimersByTimeAsync(60);
    expect(await loading).toBe('old');
    expect(await createLookup(cache)[method]()).toBe('load 1');
  });

  it('keeps a value that plain get and getMany do not read', async () => {
    const cache = createTestCache();
    cache.fail();
    await createLookup(cache)[method]();
    expect(await cache.get('key')).toBeUndefined();
    expect(await cache.get('key', { frozen: true })).toBeUndefined();
    expect(await cache.getMany(['key'])).toEqual(new Map());
  });

  it('does not keep undefined, skipped, expired or failed loads', async () => {
    const cache = createTestCache();
    cache.fail();
    await cache.getOrSet('key', () => undefined);
    await cache.getOrSet('key', context => (context.skip(), 'skipped'));
    await cache.getOrSet('key', context => (context.setTtl(0), 'expired'));
    await expect(cache.getOrSet('key', () => Promise.reject(new Error('A fault')))).rejects.toThrow('A fault');
    expect(await createLookup(cache)[method]()).toBe('load 1');
  });
});

describe('a value loaded while the store is away', () => {
  it('is copied for each caller, and is the same object when frozen', async () => {
    const cache = createTestCache();
    cache.fail();
    const get = () => cache.getOrSet('key', () => ({ list: [1] }));
    const getFrozen = () => cache.getOrSet<{ list: number[] }>('key', () => ({ list: [2] }), { frozen: true });
    (await get()).list.push(2);
    (await get()).list.push(3);
    expect(await get()).toEqual({ list: [1] });
    const frozen = await getFrozen();
    expect(frozen).toEqual({ list: [1] });
    expect(Object.isFrozen(frozen.list)).toBe(true);
    expect(await getFrozen()).toBe(frozen);
    expect(Object.isFrozen((await get()).list)).toBe(false);
  });

  it('is kept for 800 keys, and dropped only for the 400 keys of a cleared namespace', async () => {
    const cache = createTestCache();
    cache.fail();
    const lookups = [cache, cache.namespace('a')].flatMap(space =>
      Array.from({ length: 400 }, (_, index) => createLookup(space, {}, `key-${index}`)),
    );
    for (let round = 0; round < 3; round++) {
      await Promise.all(lookups.map(({ get }) => get()));
      expect(lookups.map(({ loads }) => loads)).toEqual(lookups.map(() => 1));
    }
    await cache.namespace('a').clear();
    await Promise.all(lookups.map(({ get }) => get()));
    expect(lookups.map(({ loads }) => loads)).toEqual(lookups.map((_, index) => (index < 400 ? 1 : 2)));
  });
});

describe('the shield', () => {
  it('drops only its own entries by key or prefix, and all near copies on clear', () => {
    const copies = createNearCopies();
    const shield = createShield(copies);
    const value = createSharedValue('1');
    const entry = { value, freshUntilMs: Infinity, staleUntilMs: Infinity };
    copies.keep('frozen', { text: '1', entry, isShield: false, changes: 0 });
    shield.drop('frozen');
    expect(shield.find('frozen')).toBeUndefined();
    shield.keep('key', entry);
    expect(shield.find('key')).toEqual({
      ...entry,
      freshUntilMs: Date.now() + 30_000,
      staleUntilMs: Date.now() + 30_000,
      isShielded: true,
    });
    shield.drop('frozen');
    expect(copies.find('frozen')).toBeDefined();
    shield.dropAll('k');
    expect([shield.find('key'), copies.size]).toEqual([undefined, 1]);
    shield.keep('key', entry);
    shield.clear();
    expect([shield.find('key'), copies.size]).toEqual([undefined, 0]);
  });
});
