import { randomBytes } from 'node:crypto';
import { createCacheManager } from './cacheManager';
import type { CacheManagerOptions } from './cacheManager';
import type { CacheDriver, CacheDriverDefinition, DriverPolicy } from './contract/driver';
import type { CacheLookup, CacheOperation } from './contract/observer';
import type { PluginPolicy } from './contract/pluginPolicy';
import { extendCache } from './extended/extendCache';
import { mapDriver } from './testing/testSupport/mapDriver';
import type { MapStore } from './testing/testSupport/mapDriver';

const HOUR = 3_600_000;
const [keyOne, keyTwo] = [randomBytes(32).toString('base64'), randomBytes(32).toString('base64')];

type Policies = Pick<CacheManagerOptions<unknown>, 'defaultTtl' | 'maxTtl' | 'plugins' | 'encryptionKeys'>;

/** A manager over a map, what its driver was asked for, and what the observer has seen. */
function open(policies: Policies, store: MapStore = new Map(), driverPolicy: DriverPolicy = {}) {
  const calls: unknown[][] = [];
  const operations: CacheOperation[] = [];
  const lookups: CacheLookup['result'][] = [];
  const driver: CacheDriverDefinition<{ readonly store: MapStore }> = {
    ...mapDriver,
    policy: () => driverPolicy,
    create: (options, host) => {
      const correct = mapDriver.create(options, host) as Required<CacheDriver>;
      const record =
        <Args extends unknown[], Answer>(method: string, call: (...args: Args) => Answer) =>
        (...args: Args) => {
          calls.push([method, ...args]);
          return call.apply(correct, args);
        };
      return {
        get: record('get', correct.get),
        set: record('set', correct.set),
        delete: record('delete', correct.delete),
        add: record('add', correct.add),
        clear: record('clear', correct.clear),
        close: () => correct.close(),
      };
    },
  };
  const manager = createCacheManager({
    ...{ driver, driverOptions: { store }, ...policies },
    observer: {
      onOperation: operation => void operations.push(operation),
      onLookup: ({ result }) => void lookups.push(result),
    },
  });
  const cacheOf = (pluginId: string) => extendCache(manager.forPlugin(pluginId));
  const ttls = () => calls.flatMap(([method, , , ttlMs]) => (method === 'set' ? [ttlMs] : []));
  return { manager, cacheOf, calls, operations, lookups, store, ttls };
}

/** Waits until loaded values are stored, which `getOrSet` does not wait for. */
async function untilStored(store: MapStore, size = 1): Promise<void> {
  while (store.size < size) await new Promise(setImmediate);
}

describe('defaultTtl of a plugin', () => {
  it('overrides the defaultTtl of all plugins, and yields to withOptions and the ttl of set', async () => {
    const { manager, ttls } = open({ defaultTtl: 5000, plugins: { catalog: { defaultTtl: { seconds: 2 } } } });
    const catalog = manager.forPlugin('catalog');
    await manager.forPlugin('auth').set('key', 1);
    await catalog.set('key', 1);
    await catalog.set('key', 1, { ttl: 7000 });
    await catalog.withOptions({ defaultTtl: 3000 }).set('key', 1);
    await extendCache(catalog).set('key', 1);
    expect(ttls()).toEqual([5000, 2000, 7000, 3000, 2000]);
  });

  it('can be Infinity although the defaultTtl of all plugins is finite', async () => {
    const { manager, ttls } = open({ defaultTtl: 5000, plugins: { catalog: { defaultTtl: Infinity } } });
    await manager.forPlugin('catalog').set('key', 1);
    expect(ttls()).toEqual([undefined]);
  });
});

describe('maxTtl', () => {
  const maxTtl = 1000;
  const policies: [string, Policies][] = [
    ['of all plugins', { maxTtl }],
    ['of the plugin', { plugins: { catalog: { maxTtl } } }],
    ['of the plugin, longer than that of all', { maxTtl: 5, plugins: { catalog: { maxTtl: { seconds: 1 } } } }],
  ];

  it.each(policies)('shortens longer and infinite ttls, and no others: maxTtl %s', async (_whose, policy) => {
    const { manager, cacheOf, ttls } = open(policy);
    for (const cache of [manager.forPlugin('catalog'), cacheOf('catalog'), cacheOf('catalog').namespace('a')]) {
      await cache.set('key', 1);
      for (const ttl of [HOUR, Infinity, 1000, 999, 1]) await cache.set('key', 1, { ttl });
      await cache.withOptions({ defaultTtl: HOUR }).set('key', 1);
      await cache.withOptions({ defaultTtl: 3 }).set('key', 1);
    }
    const expected = [1000, 1000, 1000, 1000, 999, 1, 1000, 3];
    expect(ttls()).toEqual([...expected, ...expected, ...expected]);
  });

  it('does not change a ttl of 0, which deletes the entry', async () => {
    const { manager, cacheOf, calls } = open({ maxTtl });
    await manager.forPlugin('catalog').set('key', 1, { ttl: 0 });
    await cacheOf('catalog').set('key', 1, { ttl: 0 });
    await cacheOf('catalog').setMany(new Map([['key', 1]]), { ttl: 0 });
    expect(calls.map(([method]) => method)).toEqual(['delete', 'delete', 'delete']);
  });

  it('limits setMany and what a load stores: its ttl, staleTtl, setTtl and negativeTtl', async () => {
    const { cacheOf, store, ttls } = open({ maxTtl });
    const cache = cacheOf('catalog');
    await cache.setMany(new Map([['0', 1]]), { ttl: HOUR });
    const loads: [Parameters<typeof cache.getOrSet>[1], Parameters<typeof cache.getOrSet>[2]][] = [
      [() => 1, {}],
      [() => 1, { ttl: HOUR, jitter: 0 }],
      [() => 1, { ttl: 500, staleTtl: HOUR }],
      [() => 1, { ttl: 500, staleTtl: 700 }],
      [context => (context.setTtl(HOUR), 1), {}],
      [() => null, { negativeTtl: HOUR }],
    ];
    for (const [index, [load, options]] of loads.entries()) {
      await cache.getOrSet(`${index + 1}`, load, options);
      await untilStored(store, index + 2);
    }
    expect(ttls()).toEqual([1000, 1000, 1000, 1000, 700, 1000, 1000]);
  });

  it('limits the stale time in the header of an entry', async () => {
    const { cacheOf, store } = open({ maxTtl });
    const startMs = Date.now();
    await cacheOf('catalog').getOrSet('key', () => 1, { ttl: 500, staleTtl: HOUR });
    await untilStored(store);
    const [, , staleUntil, freshUntil] = store.get('catalog:key')!.text.split(' ');
    expect(Number(staleUntil)).toBeLessThanOrEqual(Date.now() + maxTtl);
    expect(Number(staleUntil)).toBeGreaterThanOrEqual(startMs + maxTtl);
    expect(Number(freshUntil)).toBeLessThanOrEqual(Date.now() + 500);
  });

  it('lets jitter spread the ttls, and none of them exceeds it', async () => {
    const { cacheOf, store, ttls } = open({ maxTtl: HOUR });
    for (let index = 0; index < 20; index++) {
      await cacheOf('catalog').getOrSet(`${index}`, () => 1, { ttl: 10 * HOUR, jitter: 0.5 });
      await untilStored(store, index + 1);
    }
    expect(new Set(ttls()).size).toBeGreaterThan(10);
    for (const ttl of ttls()) expect(ttl).toBeLessThanOrEqual(HOUR);
  });
});

describe('maxValueBytes', () => {
  it('lets the set of a larger value resolve, removes the old value and reports CACHE_TOO_LARGE', async () => {
    const { manager, operations, store } = open({ plugins: { catalog: { maxValueBytes: 10 } } });
    const cache = manager.forPlugin('catalog');
    await cache.set('key', '12345678');
    expect(await cache.get('key')).toBe('12345678');
    await expect(cache.set('key', '123456789')).resolves.toBeUndefined();
    expect(store.size).toBe(0);
    expect(operations.at(-1)).toMatchObject({ operation: 'set', result: 'error', error: { code: 'CACHE_TOO_LARGE' } });
    expect(operations.at(-1)?.error?.message).toBe(
      "A value of 11 bytes is not stored in 'map': maxValueBytes of the plugin catalog is 10",
    );
    // A value that is too large is not a fault of the store: the key can be used at once, and other plugins have no such limit.
    await cache.set('key', 1);
    expect(await cache.get('key')).toBe(1);
    await manager.forPlugin('auth').set('key', '123456789');
    expect(await manager.forPlugin('auth').get('key')).toBe('123456789');
  });

  it('counts bytes of UTF-8, not characters', async () => {
    const { manager, store } = open({ plugins: { catalog: { maxValueBytes: 10 } } });
    const cache = manager.forPlugin('catalog');
    await cache.set('a', 'üüüü');
    await cache.set('b', 'üüüüü');
    expect([...store.keys()]).toEqual(['catalog:a']);
  });

  it('lets getOrSet return a larger value, which is not stored', async () => {
    const { cacheOf, store, operations } = open({ plugins: { catalog: { maxValueBytes: 10 } } });
    const long = 'x'.repeat(100);
    expect(await cacheOf('catalog').getOrSet('key', () => long)).toBe(long);
    while (!operations.some(({ result }) => result === 'error')) await new Promise(setImmediate);
    expect(store.size).toBe(0);
  });
});

describe('a plugin that is not enabled', () => {
  const plugins = { catalog: { enabled: false } };

  it('misses on every read and resolves every write, without calling the driver', async () => {
    const { cacheOf, manager, calls, operations, store } = open({ plugins });
    store.set('catalog:key', { text: '"before"', expiresAtMs: Infinity });
    for (const cache of [manager.forPlugin('catalog').withOptions({ defaultTtl: 5 }), cacheOf('catalog')]) {
      expect(await cache.get('key')).toBeUndefined();
      await cache.set('key', 1);
      await cache.set('key', 1, { ttl: 0 });
      await cache.delete('key');
    }
    const extended = cacheOf('catalog').namespace('a');
    await extended.setMany(new Map([['key', 1]]));
    expect(await extended.getMany(['key'], { frozen: true })).toEqual(new Map());
    await extended.deleteMany(['key']);
    await extended.clear();
    expect(calls).toEqual([]);
    expect(operations.map(({ operation }) => operation)).toEqual([
      ...['get', 'set', 'set', 'delete', 'get', 'set', 'set', 'delete'],
      ...['set', 'get', 'delete'],
    ]);
    expect(new Set(operations.map(({ pluginId, result }) => `${pluginId} ${result}`))).toEqual(
      new Set(['catalog bypass']),
    );
  });

  it('rejects invalid values, ttls and keys', async () => {
    const cache = open({ plugins }).manager.forPlugin('catalog');
    await expect(cache.set('key', undefined as never)).rejects.toThrow(
      expect.objectContaining({ code: 'CACHE_INVALID_VALUE' }),
    );
    await expect(cache.set('key', 1, { ttl: NaN })).rejects.toThrow(
      expect.objectContaining({ code: 'CACHE_INVALID_TTL' }),
    );
    await expect(cache.get(1 as never)).rejects.toThrow(expect.objectContaining({ code: 'CACHE_INVALID_KEY' }));
  });

  it.each<[string, object]>([
    ['in one process', {}],
    ['across processes', { acrossProcesses: true }],
    ['with a stale time', { ttl: 1, staleTtl: HOUR }],
    ['with frozen values', { frozen: true }],
  ])('shares one load among concurrent callers, and loads again afterwards: %s', async (_how, options) => {
    const { cacheOf, calls, lookups } = open({ plugins });
    const cache = cacheOf('catalog');
    let loads = 0;
    const load = async () => {
      loads++;
      await new Promise(setImmediate);
      return { loads };
    };
    const callers = Array.from({ length: 50 }, () => cache.getOrSet('key', load, options));
    expect(await Promise.all(callers)).toEqual(Array.from({ length: 50 }, () => ({ loads: 1 })));
    expect(lookups.filter(result => result === 'load')).toHaveLength(1);
    expect(lookups.filter(result => result === 'shared')).toHaveLength(49);
    await new Promise(setImmediate);
    expect(await cache.getOrSet('key', load, options)).toEqual({ loads: 2 });
    expect(await cache.getOrSetMany(['key', 'other'], keys => new Map(keys.map(key => [key, 1])), options)).toEqual(
      new Map([
        ['key', 1],
        ['other', 1],
      ]),
    );
    expect(calls).toEqual([]);
  });

  it('does not affect other plugins', async () => {
    const { manager } = open({ plugins });
    await manager.forPlugin('auth').set('key', 1);
    expect(await manager.forPlugin('auth').get('key')).toBe(1);
  });
});

describe('a plugin with encrypted values', () => {
  const plugins = { auth: { encrypt: true } };
  const encryptionKeys = [keyOne];

  it('stores no readable value, header or meta, and reads them back', async () => {
    const { cacheOf, store } = open({ plugins, encryptionKeys });
    const cache = cacheOf('auth');
    await cache.set('key', 'hunter2');
    await cache.getOrSet('loaded', context => (context.setMeta('hunter3'), 'hunter2'), { ttl: 500, staleTtl: HOUR });
    await untilStored(store, 2);
    expect(await cache.get('key')).toBe('hunter2');
    for (const key of ['key', 'loaded']) {
      const { text } = store.get(`auth:${key}`)!;
      expect(text).toMatch(/^#3 [\w-]{8} [\w+/=]+$/);
      expect(Buffer.from(text.slice(12), 'base64').toString('latin1')).not.toMatch(/hunter/);
    }
    const seen = await cache.getOrSet('loaded', ({ stale }) => [stale?.meta ?? null, stale?.value ?? null], {
      forceFresh: true,
    });
    expect(seen).toEqual(['hunter3', 'hunter2']);
    await cacheOf('catalog').set('key', 'bob');
    expect(store.get('catalog:key')?.text).toBe('"bob"');
  });

  it.each([
    ['a plain value', '"planted"'],
    ['a value with a header', '#1 auth:key - "planted"'],
    ['a value with a freshness header', '#2 auth:key - - 0 "planted"'],
  ])('misses without an error when the store holds %s', async (_what, text) => {
    for (const driverPolicy of [{}, { verifyEntries: true }]) {
      const { cacheOf, store, operations } = open({ plugins, encryptionKeys }, new Map(), driverPolicy);
      store.set('auth:key', { text, expiresAtMs: Infinity });
      const cache = cacheOf('auth');
      expect(await cache.get('key')).toBeUndefined();
      expect(await cache.get('key', { frozen: true })).toBeUndefined();
      expect(await cache.getMany(['key'])).toEqual(new Map());
      expect(operations.map(({ result }) => result)).toEqual(['miss', 'miss', 'miss']);
      expect(await cache.getOrSet('key', () => 'loaded')).toBe('loaded');
    }
  });

  it('misses and reports CACHE_CORRUPT when an entry was moved to another key, namespace or plugin', async () => {
    const { cacheOf, store, operations } = open({ plugins: { ...plugins, other: { encrypt: true } }, encryptionKeys });
    await cacheOf('auth').set('a', 'of a');
    const entry = store.get('auth:a')!;
    for (const key of ['auth:b', 'auth:!nx!a', 'other:a']) store.set(key, entry);
    operations.length = 0;
    expect(await cacheOf('auth').get('b')).toBeUndefined();
    expect(await cacheOf('auth').namespace('x').get('a')).toBeUndefined();
    expect(await cacheOf('other').get('a')).toBeUndefined();
    expect(operations.map(({ error }) => error?.code)).toEqual(['CACHE_CORRUPT', 'CACHE_CORRUPT', 'CACHE_CORRUPT']);
    await cacheOf('auth').set('b', 'healed');
    expect(await cacheOf('auth').get('b')).toBe('healed');
  });

  it('reads old entries during key rotation, and reports CACHE_ENCRYPTION_KEY once after their key is gone', async () => {
    const store: MapStore = new Map();
    await open({ plugins, encryptionKeys }, store).cacheOf('auth').set('old', 1);
    const during = open({ plugins, encryptionKeys: [keyTwo, keyOne] }, store);
    expect(await during.cacheOf('auth').get('old')).toBe(1);
    await during.cacheOf('auth').set('new', 2);
    const after = open({ plugins, encryptionKeys: [keyTwo] }, store);
    expect(await after.cacheOf('auth').get('new')).toBe(2);
    for (let time = 0; time < 5; time++) expect(await after.cacheOf('auth').get('old')).toBeUndefined();
    expect(after.operations.map(({ result, error }) => error?.code ?? result)).toEqual([
      ...['hit', 'CACHE_ENCRYPTION_KEY', 'miss', 'miss', 'miss', 'miss'],
    ]);
  });

  it('misses its encrypted entries without an error after encryption is turned off', async () => {
    const store: MapStore = new Map();
    await open({ plugins, encryptionKeys }, store).cacheOf('auth').set('key', 1);
    for (const driverPolicy of [{}, { verifyEntries: true }]) {
      const { cacheOf, operations } = open({ encryptionKeys }, store, driverPolicy);
      expect(await cacheOf('auth').get('key')).toBeUndefined();
      expect(operations.map(({ result }) => result)).toEqual(['miss']);
    }
  });

  it('expires an entry at its ttl with verifyEntries, even if the store keeps it longer', async () => {
    const { cacheOf, store } = open({ plugins, encryptionKeys }, new Map(), { verifyEntries: true });
    await cacheOf('auth').set('key', 1, { ttl: 20 });
    const { text } = store.get('auth:key')!;
    store.set('auth:key', { text, expiresAtMs: Infinity });
    expect(await cacheOf('auth').get('key')).toBe(1);
    await new Promise(resolve => setTimeout(resolve, 30));
    expect(await cacheOf('auth').get('key')).toBeUndefined();
  });

  it('returns the same frozen value while the stored text is the same, and misses when it is plain text', async () => {
    const { cacheOf, store } = open({ plugins, encryptionKeys });
    const cache = cacheOf('auth');
    await cache.set('key', { a: 1 });
    const first = await cache.get('key', { frozen: true });
    expect(await cache.get('key', { frozen: true })).toBe(first);
    store.set('auth:key', { text: '{"a":2}', expiresAtMs: Infinity });
    expect(await cache.get('key', { frozen: true })).toBeUndefined();
  });
});

describe('policies', () => {
  it.each<[string, Policies, string]>([
    ['maxTtl of all plugins', { maxTtl: 0 }, 'Invalid maxTtl: expected more than 0 ms'],
    ['maxTtl', { plugins: { a: { maxTtl: -1 } } }, 'Invalid plugins.a.maxTtl: expected more than 0 ms'],
    ['defaultTtl', { plugins: { a: { defaultTtl: NaN } } }, 'Invalid plugins.a.defaultTtl: expected a number of ms'],
    ['maxValueBytes', { plugins: { a: { maxValueBytes: 0.5 } } }, 'plugins.a.maxValueBytes: expected a whole number'],
    ['enabled', { plugins: { a: { enabled: 'no' as never } } }, 'Invalid plugins.a.enabled: expected true or false'],
    ['encrypt', { plugins: { a: { encrypt: 1 as never } } }, 'Invalid plugins.a.encrypt: expected true or false'],
    [
      'a misspelt option',
      { plugins: { a: { encript: true } as PluginPolicy } },
      'Invalid plugins.a: expected no other',
    ],
    ['a policy that is null', { plugins: { a: null as never } }, 'Invalid plugins.a: expected an object'],
    [
      'encrypt without a key',
      { plugins: { a: { encrypt: true } } },
      'The values of the plugin a are to be encrypted, but there is no key',
    ],
    [
      'an invalid key',
      { encryptionKeys: [keyOne, 'hunter2'] },
      'Invalid encryptionKeys[1]: expected 32 random bytes in base64',
    ],
    [
      'keys that are not a list',
      { encryptionKeys: keyOne as never },
      'Invalid encryptionKeys: expected a list of keys',
    ],
  ])(
    'fail the start with CACHE_CONFIG when they are invalid, and the error shows no key: %s',
    (_what, policies, message) => {
      const starting = () => open(policies);
      expect(starting).toThrow(message);
      expect(starting).toThrow(expect.objectContaining({ code: 'CACHE_CONFIG' }));
      expect(starting).not.toThrow('hunter2');
    },
  );

  it('apply only to their plugin, also when ids are names such as constructor or toString', async () => {
    const { manager, calls } = open({ plugins: { constructor: { enabled: false } } });
    for (const id of ['toString', 'hasOwnProperty']) await manager.forPlugin(id).set('key', 1);
    await manager.forPlugin('constructor').set('key', 1);
    expect(calls.map(([, key]) => key)).toEqual(['toString:key', 'hasOwnProperty:key']);
  });
});
