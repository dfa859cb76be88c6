import { getEventListeners, getMaxListeners } from 'node:events';
import type { CacheService } from '../contract/cacheService';
import type { JsonValue } from '../contract/jsonValue';
import { createDeferred } from '../testing/extended/caseTools';
import { extendCache } from './extendCache';

/** A cache whose operations take place when the test says so. */
function createGatedCache() {
  const entries = new Map<string, JsonValue>();
  const calls: string[] = [];
  let gate = Promise.resolve();
  const run = async <T>(call: string, effect: () => T): Promise<T> => {
    calls.push(call);
    await gate;
    return effect();
  };
  const cache: CacheService = {
    get: async <T extends JsonValue>(key: string) => entries.get(key) as T | undefined,
    set: (key, value) => run(`set ${key}`, () => void entries.set(key, value)),
    delete: key => run(`delete ${key}`, () => void entries.delete(key)),
    withOptions: () => cache,
  };
  const close = () => {
    const { promise, resolve } = createDeferred<void>();
    gate = promise;
    return resolve;
  };
  return { cache, entries, calls, close };
}

const unused = () => {
  throw new Error('The load was called');
};

describe('an extended cache over a foreign cache service', () => {
  it('returns a loaded value before it is stored, and shares it until then', async () => {
    const { cache, entries, close } = createGatedCache();
    const extended = extendCache(cache);
    const open = close();
    expect(await extended.getOrSet('key', () => 'value')).toBe('value');
    expect(await extended.getOrSet('key', unused)).toBe('value');
    expect(entries.size).toBe(0);
    open();
    await new Promise(setImmediate);
    expect(entries).toEqual(new Map([['key', 'value']]));
    expect(await extended.getOrSet('key', unused)).toBe('value');
  });

  it('makes get and getMany wait for pending writes of their keys, and returns the new values', async () => {
    const { cache, close } = createGatedCache();
    const extended = extendCache(cache);
    const open = close();
    void extended.set('set', 'value');
    await extended.getOrSet('loaded', () => 'value');
    const found = Promise.all([extended.get('set'), extended.getMany(['loaded'])]);
    open();
    expect(await found).toEqual(['value', new Map([['loaded', 'value']])]);
  });

  it('shares a value that is being stored only until its ttl ends, and then waits for the write', async () => {
    const { cache, close } = createGatedCache();
    const extended = extendCache(cache);
    close();
    await extended.getOrSet('key', () => 'value', { ttl: 5 });
    await new Promise(resolve => setTimeout(resolve, 10));
    const abort = new AbortController();
    const later = extended.getOrSet('key', unused, { signal: abort.signal });
    abort.abort(new Error('Waits for the write'));
    await expect(later).rejects.toThrow('Waits for the write');
  });

  it.each(['delete', 'set'] as const)('a %s waits for the pending write of a load', async method => {
    const { cache, entries, calls, close } = createGatedCache();
    const extended = extendCache(cache);
    const open = close();
    await extended.getOrSet('key', () => 'loaded');
    const written = method === 'set' ? extended.set('key', 'set') : extended.delete('key');
    await new Promise(setImmediate);
    expect(calls).toEqual(['set key']);
    open();
    await written;
    expect(calls).toEqual(['set key', `${method} key`]);
    expect(entries.get('key')).toBe(method === 'set' ? 'set' : undefined);
  });

  it('reads the stale value for a forceFresh load only after pending writes of the key have settled', async () => {
    const { cache, entries, close } = createGatedCache();
    const extended = extendCache(cache);
    entries.set('key', 'old');
    const open = close();
    const deleted = extended.delete('key');
    const loaded = extended.getOrSet('key', context => String('stale' in context), { forceFresh: true });
    open();
    await deleted;
    expect(await loaded).toBe('false');
  });

  it('misses when get fails, resolves when set fails, and rejects when delete fails', async () => {
    const fault = new Error('The store is away');
    const cache: CacheService = {
      get: () => Promise.reject(fault),
      set: () => {
        throw fault;
      },
      delete: () => Promise.reject(fault),
      withOptions: () => cache,
    };
    const extended = extendCache(cache);
    expect(await extended.getOrSet('key', () => 'value')).toBe('value');
    expect(await extended.getOrSetMany(['other'], () => new Map([['other', 1]]))).toEqual(new Map([['other', 1]]));
    expect(await extended.get('key')).toBeUndefined();
    expect(await extended.getMany(['key'])).toEqual(new Map());
    await extended.set('key', 1);
    await extended.setMany(new Map([['key', 1]]));
    expect(await extended.getOrSet('key', () => 'removed', { ttl: 0 })).toBe('removed');
    await expect(extended.delete('key')).rejects.toBe(fault);
    await expect(extended.deleteMany(['key', 'other'])).rejects.toBe(fault);
  });

  it('stops waiting after 1 s, not 1 s per caller, when the cache never answers', async () => {
    jest.useFakeTimers();
    try {
      const never = () => new Promise<never>(() => {});
      const cache: CacheService = { get: never, set: never, delete: never, withOptions: () => cache };
      const extended = extendCache(cache);
      const loaded = Promise.all([1, 2, 3].map(() => extended.getOrSet('key', () => 'value')));
      const found = extended.getMany(['key', 'other']);
      const written = extended.set('written', 1);
      const deleted = expect(extended.delete('deleted')).rejects.toMatchObject({ code: 'CACHE_TIMEOUT' });
      await jest.advanceTimersByTimeAsync(1000);
      expect(await loaded).toEqual(['value', 'value', 'value']);
      expect(await found).toEqual(new Map());
      await Promise.all([written, deleted]);
      // The write of the loaded value times out as well.
      await jest.advanceTimersByTimeAsync(1000);
      const again = extended.getOrSet('key', () => 'again');
      await jest.advanceTimersByTimeAsync(1000);
      expect(await again).toBe('again');
      await jest.advanceTimersByTimeAsync(1000);
      expect(jest.getTimerCount()).toBe(0);
    } finally {
      jest.useRealTimers();
    }
  });

  it('misses when the cache holds a value that is not JSON, or an envelope of a later version', async () => {
    const { cache, entries } = createGatedCache();
    const extended = extendCache(cache);
    for (const value of [1n, () => 1, { $greenroom: 2, value: 'later' }]) {
      entries.set('key', value as JsonValue);
      expect(await extended.get('key')).toBeUndefined();
      expect(await extended.getOrSet('key', () => 'loaded')).toBe('loaded');
    }
  });

  it('stores a value as it is, and in an envelope only when it has a staleTtl', async () => {
    const { cache, entries } = createGatedCache();
    const extended = extendCache(cache);
    await extended.set('set', { a: 1 });
    await extended.getOrSet('loaded', () => [1], { ttl: '1m' });
    await extended.getOrSet('stale', () => 'value', { ttl: 1000, staleTtl: 2000 });
    await new Promise(setImmediate);
    expect(Object.fromEntries(entries)).toEqual({
      set: { a: 1 },
      loaded: [1],
      stale: { $greenroom: 1, value: 'value', freshUntilMs: expect.any(Number), staleUntilMs: expect.any(Number) },
    });
    const { freshUntilMs, staleUntilMs } = entries.get('stale') as Record<string, number>;
    expect(Number(staleUntilMs) - Number(freshUntilMs)).toBe(1000);
  });

  it('clears every timer that it starts when its reads, writes and loads end', async () => {
    const { cache } = createGatedCache();
    const extended = extendCache(cache);
    const timers = jest.spyOn(global, 'setTimeout');
    const cleared = jest.spyOn(global, 'clearTimeout');
    await extended.getOrSet('key', async () => 1, { hardTimeout: '1h', ttl: '1h' });
    await extended.getOrSet('key', unused, { hardTimeout: '1h', softTimeout: '1h' });
    await expect(
      extended.getOrSet('b', () => Promise.reject(new Error('no')), { hardTimeout: 9999 }),
    ).rejects.toThrow();
    const started = timers.mock.results.map(({ value }) => value as unknown);
    // One timer for each of two reads, one write and two loads.
    expect(started).toHaveLength(5);
    expect(new Set(cleared.mock.calls.map(([timer]) => timer))).toEqual(new Set(started));
    jest.restoreAllMocks();
  });

  it.each([undefined, null, 'cache', {}, { get: () => 1, set: () => 1 }, Object.freeze({ id: 'core.cache' })])(
    'throws CACHE_CONFIG for %j, which is not a cache',
    wrong => {
      const refused = { code: 'CACHE_CONFIG', message: expect.stringMatching(/^Invalid cache: expected/) };
      expect(() => extendCache(wrong as never)).toThrow(expect.objectContaining(refused));
    },
  );

  it('lets 20 callers share one abort signal without a listener warning, and removes their listeners', async () => {
    const { cache } = createGatedCache();
    const extended = extendCache(cache);
    const { signal } = new AbortController();
    const { promise, resolve } = createDeferred<string>();
    const callers = Array.from({ length: 20 }, () => extended.getOrSet('key', () => promise, { signal }));
    await new Promise(setImmediate);
    expect(getEventListeners(signal, 'abort')).toHaveLength(20);
    expect(getMaxListeners(signal)).toBe(Infinity);
    resolve('value');
    await Promise.all(callers);
    expect(getEventListeners(signal, 'abort')).toHaveLength(0);
  });

  it('treats an object that inherits from an extended cache as a separate cache, and accepts a frozen one', async () => {
    const { cache } = createGatedCache();
    extendCache(cache);
    const child = Object.create(cache) as CacheService;
    child.get = async () => 'of the child' as never;
    expect(await extendCache(child).get('key')).toBe('of the child');
    expect(extendCache(Object.freeze({ ...cache }))).toHaveProperty('getOrSet');
    expect(Object.keys(cache)).toEqual(['get', 'set', 'delete', 'withOptions']);
  });
});
