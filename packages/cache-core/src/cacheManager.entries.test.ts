import { createCacheManager } from './cacheManager';
import { CacheError } from './contract/cacheError';
import type { CacheDriver, DriverHost } from './contract/driver';
import type { ClearOptions, EntryListOptions, EntryPage } from './contract/storedEntry';
import { extendCache } from './extended/extendCache';
import { mapDriver } from './testing/testSupport/mapDriver';

/** A manager over a map; `changes` replaces parts of its driver. */
function open(changes: (driver: CacheDriver) => Partial<CacheDriver> = () => ({}), namespace?: string) {
  const store = new Map();
  let host: DriverHost | undefined;
  const manager = createCacheManager({
    driver: {
      ...mapDriver,
      policy: () => (namespace === undefined ? {} : { namespace }),
      create: (options, given) => {
        host = given;
        const driver = mapDriver.create(options, given);
        const bound = Object.fromEntries(
          (['get', 'set', 'delete', 'clear', 'entries', 'close'] as const).map(name => [
            name,
            driver[name]?.bind(driver),
          ]),
        );
        return { ...bound, ...changes(driver) } as unknown as CacheDriver;
      },
    },
    driverOptions: { store },
  });
  return { manager, store, host: host as DriverHost };
}

async function keysOf(pages: AsyncIterable<EntryPage>): Promise<string[]> {
  const keys: string[] = [];
  for await (const { entries } of pages) keys.push(...entries.map(({ key }) => key));
  return keys.sort();
}

describe('a listing of entries', () => {
  it('yields the keys of one plugin or of all plugins in the namespace, and rejects a wrong plugin id', async () => {
    const { manager, store } = open(undefined, 'my-app');
    await manager.forPlugin('catalog').set('some-key', 1);
    await manager.forPlugin('catalog2').set('some-key', 1);
    store.set('catalog:foreign', { text: '1', expiresAtMs: Infinity });
    expect(await keysOf(manager.entries('catalog'))).toEqual(['my-app:catalog:some-key']);
    expect(await keysOf(manager.entries(undefined))).toEqual(['my-app:catalog2:some-key', 'my-app:catalog:some-key']);
    expect(manager.describeKey('my-app:catalog:some-key')).toEqual({
      pluginId: 'catalog',
      kind: 'entry',
      key: 'some-key',
    });
    expect(manager.describeKey('catalog:foreign')).toBeUndefined();
    await expect(keysOf(manager.entries('a:b'))).rejects.toMatchObject({ code: 'CACHE_CONFIG' });
  });

  it('asks for details only until it has the requested number, and caps pageSize at 1000', async () => {
    const asked: EntryListOptions[] = [];
    const { manager } = open(() => ({
      async *entries(_prefix, options) {
        asked.push(options);
        for (let page = Number(options.cursor ?? 0); page < 5; page++) {
          const entries = Array.from({ length: 10 }, (_, index) => ({ key: `catalog:${page * 10 + index}` }));
          yield { entries, ...(page < 4 && { cursor: String(page + 1) }) };
        }
      },
    }));
    expect(await keysOf(manager.entries('catalog', { details: 15, pageSize: 5000 }))).toHaveLength(50);
    expect(asked.map(({ details, cursor, pageSize }) => ({ details, cursor, pageSize }))).toEqual([
      { details: true, cursor: undefined, pageSize: 1000 },
      { details: false, cursor: '2', pageSize: 1000 },
    ]);
    asked.length = 0;
    expect(await keysOf(manager.entries('catalog', { details: true, cursor: '3' }))).toHaveLength(20);
    expect(await keysOf(manager.entries('catalog'))).toHaveLength(50);
    expect(asked.map(({ details }) => details)).toEqual([true, false]);
  });
});

describe('a clear by an operator', () => {
  it('removes the entries of the plugin and resolves with their number', async () => {
    const { manager } = open();
    const cache = manager.forPlugin('catalog');
    for (const name of ['a', 'b', 'c']) await cache.set(name, 1);
    await manager.forPlugin('catalog2').set('kept', 1);
    expect(await manager.clear('catalog')).toEqual({ entries: 3 });
    expect(await cache.get('a')).toBeUndefined();
    expect(await manager.forPlugin('catalog2').get('kept')).toBe(1);
    expect(await manager.clear('catalog')).toEqual({ entries: 0 });
    await expect(manager.clear('a:b')).rejects.toMatchObject({ code: 'CACHE_CONFIG' });
  });

  it('detaches loads in flight, so that their values are not stored', async () => {
    const { manager, store } = open();
    const cache = extendCache(manager.forPlugin('catalog'));
    let finish: (value: string) => void = () => {};
    const loading = cache.getOrSet('key', () => new Promise<string>(resolve => (finish = resolve)), {});
    await new Promise(resolve => setImmediate(resolve));
    await manager.clear('catalog');
    finish('old');
    expect(await loading).toBe('old');
    expect(store.size).toBe(0);
  });

  it('rejects while the store is away (CACHE_UNAVAILABLE) and after close (CACHE_CLOSED), removing nothing', async () => {
    const { manager, store, host } = open();
    await manager.forPlugin('catalog').set('key', 1);
    host.disconnected(new CacheError('CACHE_UNAVAILABLE', 'away'));
    await expect(manager.clear('catalog')).rejects.toMatchObject({ code: 'CACHE_UNAVAILABLE' });
    host.connected();
    while ((await manager.forPlugin('catalog').get('key')) === undefined) await new Promise(setImmediate);
    expect(store.size).toBe(1);
    await manager.close();
    await expect(manager.clear('catalog')).rejects.toMatchObject({ code: 'CACHE_CLOSED' });
  });

  it('rejects when the driver fails, and hides the remaining entries until a retry removes them', async () => {
    let failures = 1;
    const { manager, store } = open(driver => ({
      clear: async prefix => {
        if (failures-- > 0) throw new CacheError('CACHE_UNAVAILABLE', 'lost');
        return driver.clear?.(prefix);
      },
    }));
    const cache = manager.forPlugin('catalog');
    await cache.set('key', 1);
    await expect(manager.clear('catalog')).rejects.toMatchObject({ code: 'CACHE_UNAVAILABLE', message: 'lost' });
    expect(await cache.get('key')).toBeUndefined();
    while (store.size > 0) await new Promise(resolve => setTimeout(resolve, 10));
    await manager.close();
  });

  it('reports servers that it did not reach, and hides their entries until a retry reaches all servers', async () => {
    let isUp = false;
    const asked: (ClearOptions | undefined)[] = [];
    const { manager, store } = open(driver => ({
      clear: async (prefix, _wasSetSince, options) => {
        asked.push(options);
        if (isUp) return driver.clear?.(prefix);
        if (!options?.allowsUnreached) throw new CacheError('CACHE_UNAVAILABLE', 'one is away');
        return { entries: 12, unreached: ['host:7001'] };
      },
    }));
    const cache = manager.forPlugin('catalog');
    await cache.set('key', 1);
    expect(await manager.clear('catalog')).toEqual({ entries: 12, unreached: ['host:7001'] });
    expect(await cache.get('key')).toBeUndefined();
    isUp = true;
    while (store.size > 0) await new Promise(resolve => setTimeout(resolve, 10));
    expect(asked[0]).toEqual({ allowsUnreached: true });
    expect(asked.at(-1)).toEqual({ allowsUnreached: false });
    await manager.close();
  });

  it('rejects with CACHE_TIMEOUT when it takes longer than timeoutMs', async () => {
    const { manager } = open(() => ({ clear: () => new Promise(() => {}) }));
    await expect(manager.clear('catalog', { timeoutMs: 20 })).rejects.toMatchObject({
      code: 'CACHE_TIMEOUT',
      message: expect.stringContaining('within 0.02 s'),
    });
  });

  it('rejects with CACHE_UNSUPPORTED if the driver cannot clear, and omits a missing or invalid count', async () => {
    const { manager } = open(() => ({ clear: undefined }) as unknown as Partial<CacheDriver>);
    await expect(manager.clear('catalog')).rejects.toMatchObject({ code: 'CACHE_UNSUPPORTED' });
    for (const answer of [undefined, 7, 'x', { entries: -1 }, { entries: 'x', unreached: 'x' }]) {
      const other = open(() => ({ clear: async () => answer as never }));
      expect(await other.manager.clear('catalog')).toEqual({});
    }
  });
});

describe('entry figures and server names from a driver', () => {
  const open2 = (methods: object) => open(() => methods).manager;

  it('are passed on without unknown members, and are undefined or empty when the driver has none', () => {
    const figures = { entries: 1, bytes: 2, evictions: 3, expiries: 4 };
    const asked: string[] = [];
    const manager = open2({
      figuresOf: (prefix: string) => (asked.push(prefix), { ...figures, more: 1 }),
      servers: () => ['redis.example:6379'],
    });
    expect(manager.figuresOf('catalog')).toEqual(figures);
    expect(asked).toEqual(['catalog:']);
    expect(manager.servers()).toEqual(['redis.example:6379']);
    expect(open2({}).figuresOf('catalog')).toBeUndefined();
    expect(open2({}).servers()).toEqual([]);
  });

  it.each([
    ['a text', () => 'x'],
    ['a promise that rejects', () => Promise.reject(new Error('late'))],
    ['a negative number of entries', () => ({ entries: -1 })],
    ['a server name with credentials', () => ['user:secret@host:1']],
    [
      'an error',
      () => {
        throw new Error('secret');
      },
    ],
  ])('are ignored when the driver answers with %s', (_what, tell) => {
    expect(open2({ figuresOf: tell }).figuresOf('catalog')).toBeUndefined();
    expect(open2({ servers: tell }).servers()).toEqual([]);
  });
});
