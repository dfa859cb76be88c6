import { CacheError } from './contract/cacheError';
import { createCacheManager } from './cacheManager';
import type { CacheDriver, CacheDriverDefinition, DriverPolicy } from './contract/driver';
import type { JsonValue } from './contract/jsonValue';
import type { CacheObserver, CacheOperation, CacheSetWithoutTtl } from './contract/observer';
import { measureMs } from './testing/harness/measureMs';
import { mapDriver } from './testing/testSupport/mapDriver';

/** A cache over a map, with what its observer and driver have seen; `changes` replaces parts of the driver. */
function open(changes: Partial<CacheDriver> = {}, policy: DriverPolicy = {}, defaultTtl?: number) {
  const operations: CacheOperation[] = [];
  const calls: (readonly [string, ...unknown[]])[] = [];
  const store = new Map();
  const driver: CacheDriverDefinition = {
    ...mapDriver,
    store: 'map',
    policy: () => policy,
    create(_options, host) {
      const correct = mapDriver.create({ store }, host);
      return {
        get: key => (calls.push(['get', key]), (changes.get ?? correct.get.bind(correct))(key)),
        set: (key, text, ttlMs) => (
          calls.push(['set', key, text, ttlMs]),
          (changes.set ?? correct.set.bind(correct))(key, text, ttlMs)
        ),
        delete: key => (calls.push(['delete', key]), (changes.delete ?? correct.delete.bind(correct))(key)),
        close: () => (changes.close ?? correct.close.bind(correct))(),
      };
    },
  };
  const manager = createCacheManager({
    driver,
    driverOptions: {},
    observer: { onOperation: operation => void operations.push(operation) },
    ...(defaultTtl !== undefined && { defaultTtl }),
  });
  return { manager, cache: manager.forPlugin('catalog'), operations, calls, store };
}

const hang = () => new Promise<never>(() => {});
const reject = async () => {
  throw new Error('connect ECONNREFUSED');
};
const throwAtOnce = () => {
  throw new Error('not a promise at all');
};

describe('a cache over a faulty store', () => {
  it.each([
    ['hangs', hang],
    ['rejects', reject],
    ['throws', throwAtOnce],
  ])('misses on get and resolves writes in time when the driver %s', async (_what, fault) => {
    const { cache, operations } = open({ get: fault, set: fault, delete: fault }, { commandTimeoutMs: 50 });
    // Counts turns of the event loop instead of ms: a busy machine can delay this process for longer than the operations take.
    let ticks = 0;
    const metronome = setInterval(() => ticks++, 10);
    const results = await Promise.all([cache.get('key'), cache.set('key', 1), cache.delete('key')]);
    clearInterval(metronome);
    expect(ticks).toBeLessThan(15);
    expect(results).toEqual([undefined, undefined, undefined]);
    expect(operations.map(({ operation, result, pluginId }) => [operation, result, pluginId]).sort()).toEqual([
      ['delete', 'error', 'catalog'],
      ['get', 'error', 'catalog'],
      ['set', 'error', 'catalog'],
    ]);
    const code = fault === hang ? 'CACHE_TIMEOUT' : 'CACHE_UNAVAILABLE';
    expect(operations.map(({ error }) => error?.code)).toEqual([code, code, code]);
    // The message of a client's error is not shown, as it can contain anything.
    expect(JSON.stringify(operations.map(({ error }) => error?.message))).not.toContain('ECONNREFUSED');
  });

  it('misses a key after the driver rejects its set with CACHE_TOO_LARGE', async () => {
    const { cache, operations, store } = open({
      set: async () => {
        throw new CacheError('CACHE_TOO_LARGE', 'too large');
      },
    });
    store.set('catalog:key', { text: '"old"', expiresAtMs: Infinity });
    await cache.set('key', 'new');
    expect(await cache.get('key')).toBeUndefined();
    expect(operations[0]).toMatchObject({ operation: 'set', result: 'error', error: { code: 'CACHE_TOO_LARGE' } });
  });

  it('misses and reports CACHE_CORRUPT when the stored text is not JSON, until a set replaces it', async () => {
    const { cache, operations, store } = open();
    store.set('catalog:key', { text: '{"half":', expiresAtMs: Infinity });
    expect(await cache.get('key')).toBeUndefined();
    expect(operations[0]).toMatchObject({ result: 'error', error: { code: 'CACHE_CORRUPT' } });
    await cache.set('key', 1);
    expect(await cache.get('key')).toBe(1);
  });
});

describe('gets in one turn of the event loop', () => {
  it('share batches of at most 256 keys across 50 plugins, and each resolves to its own value', async () => {
    const calls: (readonly string[])[] = [];
    const driver: CacheDriverDefinition = {
      ...mapDriver,
      create(_options, host) {
        const correct = mapDriver.create({ store: new Map() }, host);
        const get = (key: string) => (calls.push([key]), correct.get(key));
        const getMany = (keys: readonly string[]) => (
          calls.push(keys),
          Promise.all(keys.map(async key => correct.get(key)))
        );
        return {
          get,
          getMany,
          set: correct.set.bind(correct),
          delete: correct.delete.bind(correct),
          close: async () => {},
        };
      },
    };
    const manager = createCacheManager({ driver, driverOptions: {}, observer: { onOperation() {} } });
    const caches = Array.from({ length: 50 }, (_, plugin) => manager.forPlugin(`plugin-${plugin}`));
    const reads = Array.from({ length: 1000 }, (_, index) => ({
      cache: caches[index % 50]!,
      key: `key-${Math.floor(index / 50)}`,
      value: index,
    }));
    await Promise.all(reads.map(({ cache, key, value }) => cache.set(key, value)));
    expect(await Promise.all(reads.map(({ cache, key }) => cache.get(key)))).toEqual(reads.map(({ value }) => value));
    expect(calls.map(({ length }) => length)).toEqual([256, 256, 256, 232]);
  });
});

describe('the observer', () => {
  it('sees each operation once, with its result', async () => {
    const { cache, operations } = open();
    await cache.get('key');
    await cache.set('key', null);
    await cache.get('key');
    await cache.delete('key');
    expect(operations).toEqual(
      [
        ['get', 'miss'],
        ['set', 'ok'],
        ['get', 'hit'],
        ['delete', 'ok'],
      ].map(([operation, result]) => ({
        store: 'map',
        pluginId: 'catalog',
        operation,
        result,
        durationMs: expect.any(Number),
      })),
    );
  });
});

describe('an observer that fails', () => {
  const answer: CacheDriver['get'] = () => '"bob"';
  it.each([
    ['a driver that answers at once', answer],
    ['a driver that answers later', async () => '"bob"'],
    ['a driver that hangs', hang],
  ])('does not change the answers over %s, and causes a single warning', async (_what, get) => {
    const warn = jest.spyOn(process, 'emitWarning').mockReturnValue();
    const fault = () => {
      throw new Error('the observer is broken');
    };
    const driver: CacheDriverDefinition = {
      ...mapDriver,
      policy: () => ({ commandTimeoutMs: 20 }),
      create: (_options, host) => {
        host.connected();
        return { get, set: () => {}, delete: () => {}, close: async () => {} };
      },
    };
    const observer = {
      onOperation: fault,
      onStateChange: fault,
      onSetWithoutTtl: fault,
      onValueSize: fault,
      onReadBatch: fault,
      onForgottenKeys: async () => fault(),
    };
    const manager = createCacheManager({ driver, driverOptions: {}, observer });
    const cache = manager.forPlugin('catalog');
    const found = await Promise.all([cache.get('key'), cache.set('key', 'bob'), cache.delete('key')]);
    expect(found).toEqual([get === hang ? undefined : 'bob', undefined, undefined]);
    await manager.close();
    await new Promise(setImmediate);
    const type = 'CacheObserverWarning';
    expect(warn.mock.calls).toEqual([[expect.stringContaining('the observer is broken'), { type }]]);
    warn.mockRestore();
  });

  it('causes a single warning when its callback returns a promise that rejects', async () => {
    const warn = jest.spyOn(process, 'emitWarning').mockReturnValue();
    const fault = () => Promise.reject(new Error('the observer is broken'));
    const observer: CacheObserver = { onOperation: () => fault() as unknown as void };
    const manager = createCacheManager({ driver: mapDriver, driverOptions: { store: new Map() }, observer });
    await manager.forPlugin('catalog').get('key');
    await manager.close();
    await new Promise(setImmediate);
    expect(warn).toHaveBeenCalledTimes(1);
    warn.mockRestore();
  });
});

it('onSetWithoutTtl reports only sets of entries that never expire', async () => {
  const sets: CacheSetWithoutTtl[] = [];
  const observer: CacheObserver = { onSetWithoutTtl: set => void sets.push(set) };
  const manager = createCacheManager({ driver: mapDriver, driverOptions: { store: new Map() }, observer });
  const cache = manager.forPlugin('catalog');
  await cache.set('key', 1);
  await cache.set('key', 2, { ttl: 1000 });
  await cache.withOptions({ defaultTtl: 1000 }).set('key', 3);
  await cache.set('key', 4, { ttl: Infinity });
  await cache.set('key', 5, { ttl: 0 });
  await manager.close();
  const told = { store: mapDriver.store, pluginId: 'catalog' };
  expect(sets).toEqual([told, told]);
});

describe('an invalid argument', () => {
  it.each([
    ['CACHE_INVALID_VALUE', 'key', undefined, undefined],
    ['CACHE_INVALID_VALUE', 'key', 1n, undefined],
    ['CACHE_INVALID_TTL', 'key', 1, NaN],
    ['CACHE_INVALID_TTL', 'key', 1, '1h'],
    ['CACHE_INVALID_KEY', 7, 1, undefined],
  ])('makes set reject with %s before it calls the driver, and leaves the old value', async (code, key, value, ttl) => {
    const { cache, calls } = open();
    await cache.set('key', 'old');
    const options = ttl === undefined ? undefined : { ttl: ttl as number };
    await expect(cache.set(key as string, value as JsonValue, options)).rejects.toMatchObject({ code });
    expect(calls).toHaveLength(1);
    expect(await cache.get('key')).toBe('old');
  });

  it('makes get and delete reject with CACHE_INVALID_KEY, and forPlugin throw CACHE_CONFIG', async () => {
    const { manager, cache } = open();
    await expect(cache.get(undefined as unknown as string)).rejects.toMatchObject({ code: 'CACHE_INVALID_KEY' });
    await expect(cache.delete({} as string)).rejects.toMatchObject({ code: 'CACHE_INVALID_KEY' });
    expect(() => manager.forPlugin('a:b')).toThrow(expect.objectContaining({ code: 'CACHE_CONFIG' }));
  });
});

describe('values', () => {
  it('are copied on set and on get', async () => {
    const { cache } = open();
    const value = { list: [1] };
    await cache.set('key', value);
    value.list.push(2);
    const first = await cache.get<{ list: number[] }>('key');
    first?.list.push(3);
    expect(await cache.get('key')).toEqual({ list: [1] });
  });
});

describe('the ttl', () => {
  const ttlsOf = (calls: readonly (readonly unknown[])[]) =>
    calls.filter(([name]) => name === 'set').map(call => call[3]);

  it('comes from set when given or else from the default, and is at least 1 ms', async () => {
    const { cache, calls } = open({}, {}, 5000);
    await cache.set('key', 1);
    await cache.set('key', 1, { ttl: { seconds: 1 } });
    await cache.set('key', 1, { ttl: Infinity });
    await cache.set('key', 1, { ttl: 0.2 });
    expect(ttlsOf(calls)).toEqual([5000, 1000, undefined, 1]);
  });

  it('changes through withOptions for the new cache only, which shares the entries', async () => {
    const { cache, calls } = open();
    const short = cache.withOptions({ defaultTtl: { seconds: 1 } });
    const same = short.withOptions({ defaultTtl: undefined as unknown as number });
    const long = same.withOptions({ defaultTtl: 60_000 });
    for (const each of [cache, short, same, long]) await each.set('key', 1);
    expect(ttlsOf(calls)).toEqual([undefined, 1000, 1000, 60_000]);
    await short.set('key', 'shared');
    expect(await cache.get('key')).toBe('shared');
  });

  it.each([0, -1, NaN])('is refused with CACHE_CONFIG when the default is %s', defaultTtl => {
    expect(() => open().cache.withOptions({ defaultTtl })).toThrow(expect.objectContaining({ code: 'CACHE_CONFIG' }));
    expect(() => open({}, {}, defaultTtl)).toThrow(expect.objectContaining({ code: 'CACHE_CONFIG' }));
  });

  it.each([0, -1, { seconds: 0 }])('stores nothing and removes the old value when it is %j', async ttl => {
    const { cache, calls } = open();
    await cache.set('key', 'old');
    await cache.set('key', 'new', { ttl });
    expect(await cache.get('key')).toBeUndefined();
    expect(calls.map(([name]) => name)).toEqual(['set', 'delete', 'get']);
  });
});

describe('the policy of a driver', () => {
  it('puts a namespace in front of the plugin id', async () => {
    const { cache, calls } = open({}, { namespace: 'my-app', keyPrefixSeparator: '/' });
    await cache.set('key', 1);
    expect(calls).toEqual([['set', 'my-app/catalog:key', '1', undefined]]);
  });

  it('makes get miss an entry that was stored under another key, with verifyEntries', async () => {
    const { cache, store } = open({}, { verifyEntries: true });
    await cache.set('key', 'mine', { ttl: 60_000 });
    await cache.set('other', 'theirs');
    expect(await cache.get('key')).toBe('mine');
    store.set('catalog:key', store.get('catalog:other'));
    expect(await cache.get('key')).toBeUndefined();
  });
});

describe('a closed cache', () => {
  it('misses, writes nothing, and does not call the driver', async () => {
    const { manager, cache, calls, operations } = open();
    await cache.set('key', 1);
    await Promise.all([manager.close(), manager.close()]);
    expect(await cache.get('key')).toBeUndefined();
    await cache.set('key', 2);
    await cache.delete('key');
    expect(calls).toHaveLength(1);
    expect(operations.slice(1).map(({ result }) => result)).toEqual(['bypass', 'bypass', 'bypass']);
  });

  it('rejects close with CACHE_TIMEOUT in less than 2.2 s when the driver hangs', async () => {
    const close = () => expect(open({ close: hang }).manager.close()).rejects.toMatchObject({ code: 'CACHE_TIMEOUT' });
    expect(await measureMs(close)).toBeLessThan(2200);
  });
});
