import { randomBytes } from 'node:crypto';
import { createCacheManager } from './cacheManager';
import type { CacheManagerOptions } from './cacheManager';
import type { CacheDriver, CacheDriverDefinition } from './contract/driver';
import { extendCache } from './extended/extendCache';
import { mapDriver } from './testing/testSupport/mapDriver';
import type { MapStore } from './testing/testSupport/mapDriver';

type Options = Omit<CacheManagerOptions<unknown>, 'driver' | 'driverOptions' | 'observer'>;

/** A manager over a map, the keys that its driver was asked for, and what the observer has seen. */
function open(options: Options, store: MapStore = new Map()) {
  const reads: string[] = [];
  const results: string[] = [];
  const driver: CacheDriverDefinition<{ readonly store: MapStore }> = {
    ...mapDriver,
    create(driverOptions, host) {
      const correct = mapDriver.create(driverOptions, host) as Required<CacheDriver>;
      const record = (keys: readonly string[]) => void reads.push(...keys.map(key => key.replace(/^.*:/, '')));
      return {
        get(key) {
          record([key]);
          return correct.get(key);
        },
        getMany(keys) {
          record(keys);
          return correct.getMany(keys);
        },
        set: (...args) => correct.set(...args),
        delete: key => correct.delete(key),
        add: (...args) => correct.add(...args),
        clear: (...args) => correct.clear(...args),
        close: () => correct.close(),
      };
    },
  };
  const observer = {
    onOperation: ({ operation, result }: { operation: string; result: string }) =>
      void (operation === 'get' && results.push(result)),
    onLookup: ({ result }: { result: string }) => void results.push(`lookup ${result}`),
  };
  const manager = createCacheManager({ driver, driverOptions: { store }, observer, ...options });
  const cacheOf = (pluginId: string) => extendCache(manager.forPlugin(pluginId));
  /** Writes as another process, without a near cache, would. */
  const write = (key: string, value: unknown) =>
    void store.set(key, { text: JSON.stringify(value), expiresAtMs: Infinity });
  return { manager, cacheOf, reads, results, store, write };
}

const nearSometimes = { near: true, plugins: { search: { near: false } } };

describe('the near cache of a plugin', () => {
  it('answers gets through every cache of the plugin after one read of the store', async () => {
    const { manager, reads, results, write } = open({ near: true });
    write('catalog:key', { a: 1 });
    const cache = manager.forPlugin('catalog');
    expect(await cache.get('key')).toEqual({ a: 1 });
    write('catalog:key', { a: 2 });
    expect(await cache.get('key')).toEqual({ a: 1 });
    expect(await cache.withOptions({ defaultTtl: 5 }).get('key')).toEqual({ a: 1 });
    expect(await manager.forPlugin('catalog').get('key')).toEqual({ a: 1 });
    await cache.withOptions({}).set('key', { a: 3 });
    expect(await cache.get('key')).toEqual({ a: 3 });
    expect(reads).toEqual(['key']);
    expect(results).toEqual(['hit', 'near', 'near', 'near', 'near']);
    expect(manager.nearFigures()).toMatchObject({ entries: 1, hits: 4, fills: 2, drops: { written: 1 } });
  });

  it('answers get, getMany, getOrSet and getOrSetMany, and gives all of them the same frozen value', async () => {
    const { cacheOf, reads, results } = open({ near: true });
    const cache = cacheOf('catalog');
    const load = jest.fn(() => ({ a: 1 }));
    await cache.getOrSet('one', load, { staleTtl: '1m', ttl: '1m' });
    await cache.set('two', { a: 2 });
    reads.splice(0);
    results.splice(0);
    const frozen = await cache.get<{ a: number }>('two', { frozen: true });
    expect(Object.isFrozen(frozen)).toBe(true);
    expect((await cache.getMany(['two'], { frozen: true })).get('two')).toBe(frozen);
    expect(await cache.getOrSet('two', load, { frozen: true })).toBe(frozen);
    expect(await cache.getOrSet('one', load)).toEqual({ a: 1 });
    const many = await cache.getOrSetMany(['one', 'two'], () => new Map(), { frozen: true });
    expect(many.get('two')).toBe(frozen);
    const copy = await cache.get<{ a: number }>('two');
    expect(copy).toEqual({ a: 2 });
    expect(Object.isFrozen(copy)).toBe(false);
    expect(reads).toEqual([]);
    expect(load).toHaveBeenCalledTimes(1);
    expect(results.filter(result => result === 'lookup near')).toHaveLength(4);
    expect(new Set(results)).toEqual(new Set(['near', 'lookup near']));
  });

  it('reads from the store only the keys of a batch that it does not hold', async () => {
    const { cacheOf, reads, write } = open({ near: true });
    const cache = cacheOf('catalog');
    for (const key of ['a', 'b', 'c']) write(`catalog:${key}`, key);
    await cache.get('b');
    expect([...(await cache.getMany(['a', 'b', 'c']))]).toEqual([
      ['a', 'a'],
      ['b', 'b'],
      ['c', 'c'],
    ]);
    expect(reads).toEqual(['b', 'a', 'c']);
  });

  it('is bypassed by forceFresh, and misses a deleted key', async () => {
    const { cacheOf, reads } = open({ near: true });
    const cache = cacheOf('catalog');
    const load = jest.fn(() => 1);
    await cache.getOrSet('key', load);
    expect(await cache.getOrSet('key', () => 2, { forceFresh: true })).toBe(2);
    expect(await cache.getOrSet('key', load)).toBe(2);
    await cache.delete('key');
    expect(await cache.get('key')).toBeUndefined();
    expect(reads).toContain('key');
    expect(load).toHaveBeenCalledTimes(1);
  });

  it('drops the entries that a clear of the plugin, of a namespace or by an operator removes', async () => {
    const { manager, cacheOf, store } = open({ near: true });
    const cache = cacheOf('catalog');
    const inside = cache.namespace('inside');
    const fill = () => Promise.all([cache.set('key', 1), inside.set('key', 2)]);
    const find = async () => [await cache.get('key'), await inside.get('key')];
    await fill();
    await inside.clear();
    expect(await find()).toEqual([1, undefined]);
    await fill();
    await manager.clear('catalog');
    expect(await find()).toEqual([undefined, undefined]);
    await fill();
    await cache.clear();
    expect(await find()).toEqual([undefined, undefined]);
    expect(store.size).toBe(0);
  });

  it('answers reads of an encrypted plugin', async () => {
    const encryptionKeys = [randomBytes(32).toString('base64')];
    const options = { near: true, encryptionKeys, plugins: { catalog: { encrypt: true } } };
    const { cacheOf, reads, store } = open(options);
    const cache = cacheOf('catalog');
    await cache.set('key', 'secret');
    expect(await cache.get('key')).toBe('secret');
    expect(reads).toEqual([]);
    const other = open(options, store);
    for (let time = 0; time < 2; time++) expect(await other.cacheOf('catalog').get('key')).toBe('secret');
    expect(other.reads).toEqual(['key']);
  });

  it('never serves the copy of another plugin with the same key', async () => {
    const { cacheOf, write } = open({ near: true });
    const [catalog, search] = [cacheOf('catalog'), cacheOf('search')];
    write('catalog:key', 'of catalog');
    await catalog.get('key');
    await catalog.set('own', 'of catalog');
    expect([await search.get('key'), await search.get('own')]).toEqual([undefined, undefined]);
    await search.set('key', 'of search');
    await search.delete('own');
    await search.clear();
    expect([await catalog.get('key'), await catalog.get('own')]).toEqual(['of catalog', 'of catalog']);
    expect(await search.get('key')).toBeUndefined();
  });

  it('follows the near options of the plugin, or else those of all plugins', async () => {
    const { cacheOf, reads, write, manager } = open({
      near: { enabled: false, maxStaleness: { hours: 1 }, maxBytes: 65_536 },
      plugins: {
        catalog: { near: true },
        search: { near: { maxStaleness: 0.001 } },
        off: { near: true, enabled: false },
      },
    });
    for (const id of ['catalog', 'search', 'techdocs', 'off']) {
      write(`${id}:${id}`, 1);
      for (let time = 0; time < 3; time++) {
        await cacheOf(id).get(id);
        await new Promise(resolve => void setImmediate(resolve));
      }
    }
    const readsOf = (id: string) => reads.filter(key => key === id).length;
    expect(['catalog', 'search', 'techdocs', 'off'].map(readsOf)).toEqual([1, 3, 3, 0]);
    expect(manager.nearFigures()?.maxBytes).toBe(65_536);
  });

  it('misses and is empty after the manager closes', async () => {
    const { manager, write } = open({ near: true });
    write('catalog:key', 1);
    const cache = manager.forPlugin('catalog');
    await cache.get('key');
    await manager.close();
    expect(await cache.get('key')).toBeUndefined();
    expect(manager.nearFigures()).toMatchObject({ entries: 0, bytes: 0 });
  });
});

describe('reads while the near cache is off', () => {
  it.each<[string, Options, string]>([
    ['by default', {}, 'catalog'],
    ['by the near option', { near: false }, 'catalog'],
    ['for the plugin only', nearSometimes, 'search'],
  ])('ask the store every time when it is off %s', async (_, options, id) => {
    const { cacheOf, reads, results, write, manager } = open(options);
    write(`${id}:key`, 1);
    for (let time = 0; time < 2; time++) expect(await cacheOf(id).get('key')).toBe(1);
    expect(reads).toEqual(['key', 'key']);
    expect(results).toEqual(['hit', 'hit']);
    expect(manager.nearFigures()?.fills ?? 0).toBe(0);
    expect(manager.nearFigures() === undefined).toBe(options.near !== true);
  });
});

describe('the near option', () => {
  it.each<[unknown, string]>([
    ['2s', 'Invalid near: expected true, false or an object'],
    [{ maxstaleness: 1 }, 'Invalid near: expected no other options than enabled, maxStaleness, maxBytes'],
    [{ enabled: 1 }, 'Invalid near.enabled: expected true or false'],
    [{ maxStaleness: 0 }, 'Invalid near.maxStaleness: expected a duration above 0 ms that has an end'],
    [{ maxStaleness: Infinity }, 'Invalid near.maxStaleness: expected a duration above 0 ms that has an end'],
    [{ maxStaleness: { second: 1 } }, 'Invalid near.maxStaleness:'],
    [{ maxBytes: 65_535 }, 'Invalid near.maxBytes: expected a whole number of at least 65536'],
  ])('is refused with CACHE_CONFIG when it is %p', (near, message) => {
    expect(() => open({ near: near as boolean })).toThrow(
      expect.objectContaining({ code: 'CACHE_CONFIG', message: expect.stringContaining(message) }),
    );
  });

  it.each<[unknown, string]>([
    [1, 'Invalid plugins.catalog.near: expected true, false or an object'],
    [{ maxBytes: 65_536 }, "'maxBytes' is for all plugins together"],
    [{ enabled: true }, 'Invalid plugins.catalog.near: expected no other options than maxStaleness'],
    [{ maxStaleness: -1 }, 'Invalid plugins.catalog.near.maxStaleness: expected a duration above 0 ms'],
  ])('is refused with CACHE_CONFIG when it is %p for one plugin', (near, message) => {
    expect(() => open({ plugins: { catalog: { near: near as boolean } } })).toThrow(
      expect.objectContaining({ code: 'CACHE_CONFIG', message: expect.stringContaining(message) }),
    );
  });
});
