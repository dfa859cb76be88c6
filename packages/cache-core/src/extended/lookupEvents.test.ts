import type { CacheDriver } from '../contract/driver';
import type { CacheLoad, CacheObserver } from '../contract/observer';
import { createCacheManager } from '../cacheManager';
import { createDeferred, createLoad } from '../testing/extended/caseTools';
import { mapDriver } from '../testing/testSupport/mapDriver';
import type { MapStore } from '../testing/testSupport/mapDriver';
import { extendCache } from './extendCache';

/** Answers without promises, as the memory store does. */
const driverAtOnce: typeof mapDriver = {
  ...mapDriver,
  create({ store }, host) {
    const later = mapDriver.create({ store }, host) as Required<CacheDriver>;
    return {
      get(key) {
        const entry = store.get(key);
        return entry && entry.expiresAtMs > performance.now() ? entry.text : undefined;
      },
      set(key, text, ttlMs = Infinity) {
        store.set(key, { text, expiresAtMs: performance.now() + ttlMs });
      },
      add: (...call) => later.add(...call),
      delete: key => void store.delete(key),
      close: async () => {},
    };
  },
};

/** A cache over a map. Each `take` function returns what the observer was told since its previous call. */
function openOn(driver: typeof mapDriver, entries: MapStore = new Map()) {
  const lookups: string[] = [];
  const loads: CacheLoad[] = [];
  const operations: string[] = [];
  const leases: string[] = [];
  const observer: CacheObserver = {
    onOperation: ({ operation, result }) => void operations.push(`${operation} ${result}`),
    onLookup: ({ store, pluginId, result }) => void lookups.push(`${store} ${pluginId} ${result}`),
    onLoad: load => void loads.push(load),
    onLease: ({ store, pluginId, result }) => void leases.push(`${store} ${pluginId} ${result}`),
  };
  const manager = createCacheManager({ driver, driverOptions: { store: entries }, observer });
  const cache = extendCache(manager.forPlugin('catalog'));
  /** The results of the lookups, which are all of one store and plugin. */
  const takeLookups = () =>
    lookups.splice(0).map(lookup => {
      const [store, pluginId, result] = lookup.split(' ');
      expect([store, pluginId]).toEqual(['map', 'catalog']);
      return result;
    });
  const takeLoads = () =>
    loads.splice(0).map(({ durationMs, store, pluginId, ...load }) => {
      expect([store, pluginId]).toEqual(['map', 'catalog']);
      expect(durationMs).toBeGreaterThanOrEqual(0);
      return load;
    });
  /** The results of the reads. */
  const takeReads = () => operations.splice(0).filter(operation => operation.startsWith('get'));
  /** Makes an entry stale: fresh for 1 ms, and then servable for a minute. */
  const makeStale = async (key: string, value: string) => {
    await cache.getOrSet(key, () => value, { ttl: 1, staleTtl: '1m' });
    while ((await cache.get(key)) !== undefined) await new Promise(setImmediate);
    takeLookups();
    takeLoads();
    takeReads();
  };
  return { cache, manager, leases, entries, takeLookups, takeLoads, takeReads, makeStale };
}

const one = { keys: 1, isRefresh: false };

describe.each([
  ['answers asynchronously', mapDriver],
  ['answers synchronously', driverAtOnce],
])('the observer of getOrSet over a store that %s', (_, driver) => {
  const open = () => openOn(driver);

  it('sees one load for concurrent callers, shared lookups for the others, and a hit afterwards', async () => {
    const { cache, manager, takeLookups, takeLoads } = open();
    const load = createLoad<string>();
    const callers = [cache.getOrSet('key', load), cache.getOrSet('key', load), cache.getOrSet('key', load)];
    await load.started;
    expect(takeLoads()).toEqual([]);
    load.end('bob');
    await Promise.all(callers);
    expect(takeLoads()).toEqual([{ ...one, result: 'ok' }]);
    expect(takeLookups()).toEqual(['load', 'shared', 'shared']);
    await cache.getOrSet('key', load);
    await cache.namespace('space').getOrSet('key', () => 'alice');
    expect(takeLookups()).toEqual(['hit', 'load']);
    await manager.close();
  });

  it('sees a stale lookup instead of a miss, and its background load as a refresh', async () => {
    const { cache, manager, takeLookups, takeLoads, takeReads, makeStale } = open();
    await makeStale('key', 'old');
    const refreshed = createDeferred<void>();
    expect(await cache.getOrSet('key', async () => (await refreshed.promise, 'new'))).toBe('old');
    expect(await cache.getOrSet('key', () => 'other')).toBe('old');
    expect([takeLookups(), takeReads(), takeLoads()]).toEqual([['stale', 'stale'], ['get stale'], []]);
    refreshed.resolve();
    while ((await cache.get('key')) !== 'new') await new Promise(setImmediate);
    expect(takeLoads()).toEqual([{ keys: 1, isRefresh: true, result: 'ok' }]);
    await manager.close();
  });

  it('sees a plain get of a stale value as a miss', async () => {
    const { cache, manager, takeReads, makeStale } = open();
    await makeStale('key', 'old');
    expect(await cache.get('key')).toBeUndefined();
    expect(await cache.get('key', { frozen: true })).toBeUndefined();
    expect(await cache.getMany(['key'], { frozen: true })).toEqual(new Map());
    expect(takeReads()).toEqual(['get miss', 'get miss', 'get miss']);
    await manager.close();
  });

  it('sees failed loads with their error, also a failed refresh that no caller sees', async () => {
    const { cache, manager, takeLookups, takeLoads, makeStale } = open();
    const error = new Error('not now');
    const fail = () => Promise.reject(error);
    await makeStale('stale', 'old');
    await expect(Promise.all([cache.getOrSet('key', fail), cache.getOrSet('key', fail)])).rejects.toBe(error);
    expect(await cache.getOrSet('stale', fail)).toBe('old');
    await expect(cache.getOrSet('stale', fail, { forceFresh: true })).rejects.toBe(error);
    expect(takeLookups()).toEqual(['error', 'error', 'stale', 'error']);
    expect(takeLoads()).toEqual([
      { ...one, result: 'error', error },
      { ...one, isRefresh: true, result: 'error', error },
      { ...one, result: 'error', error },
    ]);
    await manager.close();
  });

  it('sees CACHE_INVALID_VALUE as an error of the load when its value cannot be stored', async () => {
    const { cache, manager, takeLookups, takeLoads } = open();
    await expect(cache.getOrSet('key', () => 1n as never)).rejects.toMatchObject({ code: 'CACHE_INVALID_VALUE' });
    expect(takeLookups()).toEqual(['error']);
    expect(takeLoads()).toMatchObject([{ result: 'error', error: { code: 'CACHE_INVALID_VALUE' } }]);
    await manager.close();
  });

  it('sees a timeout when a load exceeds hardTimeout, and an abort when the last caller leaves', async () => {
    const { cache, manager, takeLookups, takeLoads } = open();
    const never = () => new Promise<string>(() => {});
    await expect(cache.getOrSet('late', never, { hardTimeout: 5 })).rejects.toMatchObject({
      code: 'CACHE_LOAD_TIMEOUT',
    });
    expect(takeLookups()).toEqual(['error']);
    expect(takeLoads()).toMatchObject([{ result: 'timeout', error: { code: 'CACHE_LOAD_TIMEOUT' } }]);

    const load = createLoad<string>();
    const leaving = new AbortController();
    const caller = cache.getOrSet('key', load, { signal: leaving.signal });
    await load.started;
    leaving.abort('gone');
    await expect(caller).rejects.toBe('gone');
    expect(takeLookups()).toEqual(['aborted']);
    expect(takeLoads()).toEqual([{ ...one, result: 'aborted', error: 'gone' }]);
    await manager.close();
  });

  it('sees a load as detached when its key is set meanwhile', async () => {
    const { cache, manager, takeLookups, takeLoads } = open();
    const load = createLoad<string>();
    const caller = cache.getOrSet('key', load);
    await load.started;
    await cache.set('key', 'set');
    load.end('loaded');
    expect(await caller).toBe('loaded');
    expect(takeLookups()).toEqual(['load']);
    expect(takeLoads()).toEqual([{ ...one, result: 'detached' }]);
    await manager.close();
  });

  it('sees one lookup for each key of getOrSetMany, and one load for all keys that it loads', async () => {
    const { cache, manager, takeLookups, takeLoads, makeStale } = open();
    await makeStale('stale', 'old');
    await cache.set('hit', 'there');
    const load = createLoad<string>();
    const shared = cache.getOrSet('shared', load);
    await load.started;
    const many = cache.getOrSetMany(['hit', 'stale', 'shared', 'missing', 'absent'], keys => {
      load.end('shared');
      return new Map(keys.filter(key => key !== 'absent').map(key => [key, 'new']));
    });
    await Promise.all([shared, many]);
    expect(takeLookups().sort()).toEqual(['hit', 'load', 'load', 'load', 'load', 'shared']);
    expect(takeLoads().sort((a, b) => a.keys - b.keys)).toEqual([
      { ...one, result: 'ok' },
      { ...one, keys: 3, result: 'ok' },
    ]);

    await makeStale('other', 'old');
    await cache.getOrSetMany(['hit', 'other'], () => new Map([['other', 'new']]));
    expect(takeLookups().sort()).toEqual(['hit', 'stale']);
    expect(takeLoads()).toEqual([{ keys: 1, isRefresh: true, result: 'ok' }]);
    await manager.close();
  });

  it('sees one refused lease when another process loads, and its value as shared', async () => {
    const one = open();
    const two = openOn(driver, one.entries);
    const acrossProcesses = true;
    const load = createLoad<string>();
    const first = one.cache.getOrSet('key', load, { acrossProcesses });
    await load.started;
    const others = [1, 2].map(() => two.cache.getOrSet('key', () => 'never', { acrossProcesses }));
    // Long enough for more than one poll of the waiting process.
    await new Promise(resolve => setTimeout(resolve, 200));
    expect([one.leases, two.leases]).toEqual([['map catalog granted'], ['map catalog refused']]);
    load.end('bob');
    await first;
    expect(await Promise.all(others)).toEqual(['bob', 'bob']);
    expect([one.takeLookups(), two.takeLookups()]).toEqual([['load'], ['shared', 'shared']]);
    expect([one.takeLoads(), two.takeLoads()]).toEqual([[{ keys: 1, isRefresh: false, result: 'ok' }], []]);
    expect(two.leases).toHaveLength(1);
    await Promise.all([one.manager.close(), two.manager.close()]);
  });

  it('does not change any result when it throws, and causes a single warning', async () => {
    const warn = jest.spyOn(process, 'emitWarning').mockImplementation(() => {});
    const fault = () => {
      throw new Error('the observer is broken');
    };
    const observer: CacheObserver = { onLookup: fault, onLoad: fault, onLease: fault };
    const manager = createCacheManager({ driver, driverOptions: { store: new Map() }, observer });
    const cache = extendCache(manager.forPlugin('catalog'));
    expect(await cache.getOrSet('key', () => 'bob')).toBe('bob');
    expect(await cache.getOrSet('key', () => 'alice')).toBe('bob');
    await expect(cache.getOrSet('other', () => Promise.reject(new Error('not now')))).rejects.toThrow('not now');
    await manager.close();
    expect(warn).toHaveBeenCalledTimes(1);
    warn.mockRestore();
  });
});
