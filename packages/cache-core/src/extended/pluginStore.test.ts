import type { CacheDriver, CacheDriverDefinition, DriverPolicy } from '../contract/driver';
import { createCacheManager } from '../cacheManager';
import type { CacheManagerOptions } from '../cacheManager';
import { extendedCases, pluginCases } from '../testing/extended/extendedCases';
import { uniqueName } from '../testing/harness/uniqueName';
import { mapDriver } from '../testing/testSupport/mapDriver';
import type { MapStore } from '../testing/testSupport/mapDriver';
import { extendCache } from './extendCache';

type Change = (driver: CacheDriver) => Partial<Record<keyof CacheDriver, unknown>>;

/** A manager over a map, whose driver may be changed. */
function open(
  change: Change = () => ({}),
  policy: DriverPolicy = {},
  store: MapStore = new Map(),
  options: Pick<CacheManagerOptions<unknown>, 'plugins' | 'encryptionKeys'> = {},
) {
  const driver: CacheDriverDefinition<{ readonly store: MapStore }> = {
    ...mapDriver,
    policy: () => policy,
    create: (options, host) => {
      const created = mapDriver.create(options, host);
      return Object.assign<CacheDriver, object>(created, change(created));
    },
  };
  const manager = createCacheManager({ driver, driverOptions: { store }, ...options });
  return { manager, store, cache: extendCache(manager.forPlugin('catalog')) };
}

const withoutClear: Change = () => ({ clear: undefined });
const withoutAdd: Change = () => ({ add: undefined });
const withoutGetMany: Change = () => ({ getMany: undefined });

describe.each([
  ['in a store with all capabilities', (store: MapStore) => open(undefined, {}, store)],
  ['in a store that cannot clear', (store: MapStore) => open(withoutClear, {}, store)],
  ['in a store without getMany', (store: MapStore) => open(withoutGetMany, {}, store)],
  ['in a store without add', (store: MapStore) => open(withoutAdd, {}, store)],
  ['in a store with verified entries', (store: MapStore) => open(undefined, { verifyEntries: true }, store)],
  [
    'with encrypted values',
    (store: MapStore, ids: readonly string[]) => {
      const plugins = Object.fromEntries(ids.map(id => [id, { encrypt: true }]));
      return open(undefined, {}, store, { plugins, encryptionKeys: [Buffer.alloc(32, 1).toString('base64')] });
    },
  ],
])('the cache of a plugin %s', (name, openIn) => {
  const store: MapStore = new Map();
  const ids = Array.from({ length: 1000 }, () => uniqueName());
  const nextId = () => ids.pop() as string;
  const [one, two] = [openIn(store, ids).manager, openIn(store, ids).manager];
  afterAll(() => Promise.all([one.close(), two.close()]));

  const openTwo = () => {
    const pluginId = nextId();
    return [one.forPlugin(pluginId), two.forPlugin(pluginId)] as const;
  };

  it.each([...extendedCases, ...pluginCases])('$name', async ({ run }) => {
    await run({
      open: () => one.forPlugin(nextId()),
      ...(!name.endsWith('add') && { openTwo }),
      ...(name.endsWith('clear') && { lacksClear: 'the driver has no clear' }),
    });
  });
});

describe('the extended cache of a plugin', () => {
  it('detaches a load when another cache of the plugin sets or deletes the key', async () => {
    const { manager, cache } = open();
    const plain = manager.forPlugin('catalog');
    for (const other of [plain, plain.withOptions({ defaultTtl: 1000 }), extendCache(plain)]) {
      for (const method of ['set', 'delete'] as const) {
        const gate = new AbortController();
        const loading = cache.getOrSet('key', async () => {
          await new Promise(resolve => gate.signal.addEventListener('abort', resolve));
          return 'old';
        });
        // Waits until the load has begun.
        await new Promise(setImmediate);
        if (method === 'set') await other.set('key', 'set');
        else await other.delete('key');
        gate.abort();
        expect(await loading).toBe('old');
        await new Promise(setImmediate);
        expect(await plain.get('key')).toBe(method === 'set' ? 'set' : undefined);
        await plain.delete('key');
      }
    }
    await manager.close();
  });

  it('stores namespaces between plugin id and key, and freshness before the value', async () => {
    const { manager, cache, store } = open();
    await cache.set('plain', 1);
    await cache.namespace('a b').set('key', 1);
    await cache.namespace('a').namespace('b').set('k'.repeat(200), 1);
    await cache.namespace('n'.repeat(31)).set('key', 1);
    await cache.getOrSet('fresh', () => 'value', { ttl: '1m' });
    await cache.getOrSet('stale', context => (context.setMeta({ etag: 'e' }), 'value'), { ttl: 1000, staleTtl: 2000 });
    await new Promise(setImmediate);
    expect([...store].map(([key, { text }]) => [key, text])).toEqual([
      ['catalog:plain', '1'],
      ['catalog:!na%20b!key', '1'],
      [expect.stringMatching(/^catalog:!na!nb!!sha256-[\w-]{43}$/), '1'],
      [expect.stringMatching(/^catalog:!d[\w-]{27}!key$/), '1'],
      ['catalog:fresh', '"value"'],
      ['catalog:stale', expect.stringMatching(/^#2 catalog:stale \d+ \d+ 12 \{"etag":"e"\}"value"$/)],
    ]);
    await manager.close();
  });

  it('keeps keys in four namespaces within 250 bytes, and throws CACHE_CONFIG for a fifth without room', async () => {
    const store: MapStore = new Map();
    const manager = createCacheManager({ driver: mapDriver, driverOptions: { store } });
    const names = ['x'.repeat(30), 'ü'.repeat(40), 'y'.repeat(30), 'z'.repeat(30)];
    const cache = names.reduce((space, name) => space.namespace(name), extendCache(manager.forPlugin('p'.repeat(64))));
    await cache.setMany(
      new Map([
        ['k'.repeat(200), 1],
        ['k'.repeat(52), 2],
        ['', 3],
      ]),
    );
    expect(store.size).toBe(3);
    for (const key of store.keys()) expect(key.length).toBeLessThanOrEqual(250);
    expect(() => cache.namespace('zz')).toThrow(expect.objectContaining({ code: 'CACHE_CONFIG' }));
    await manager.close();
  });

  it('reads many keys in one round trip', async () => {
    const batches: (readonly string[])[] = [];
    const { manager, cache } = open(driver => ({
      get: () => Promise.reject(new Error('One by one')),
      getMany: (keys: readonly string[]) => {
        batches.push(keys);
        return Promise.all(keys.map(async key => driver.get.call(driver, key)));
      },
    }));
    const keys = Array.from({ length: 50 }, (_, index) => `key-${index}`);
    await cache.getMany(keys);
    await cache.getOrSetMany(keys, missing => new Map(missing.map(key => [key, 1])));
    expect(batches.map(({ length }) => length)).toEqual([50, 50]);
    await manager.close();
  });

  it('misses and loads again when the stored text is not a valid entry', async () => {
    const { manager, cache, store } = open();
    for (const text of ['no JSON', '#2 catalog:key', '#2 catalog:key - - 4 1', '#2 catalog:other - - 0 1', '#3 x']) {
      store.set('catalog:key', { text, expiresAtMs: Infinity });
      expect(await cache.get('key')).toBeUndefined();
      expect(await cache.getOrSet('key', () => 'loaded')).toBe('loaded');
      await new Promise(setImmediate);
    }
    await manager.close();
  });

  it('misses the entries of a failed clear until a retry has removed them', async () => {
    let isBroken = true;
    const { manager, cache, store } = open(driver => {
      const clear = driver.clear?.bind(driver);
      return { clear: (prefix: string) => (isBroken ? Promise.reject(new Error('A fault')) : clear?.(prefix)) };
    });
    const space = cache.namespace('a').namespace('b');
    await Promise.all([cache.set('key', 1), space.set('key', 1)]);
    await cache.namespace('a').clear();
    expect(await space.get('key')).toBeUndefined();
    expect(await cache.get('key')).toBe(1);
    isBroken = false;
    while (store.size > 1) await new Promise(setImmediate);
    while ((await space.get('key')) === undefined) await space.set('key', 2);
    expect(await space.get('key')).toBe(2);
    await manager.close();
  });
});
