/** Two versions of core on one store, as in a rolling update: neither fails on entries that the other one has written. */
import { setTimeout as sleep } from 'node:timers/promises';
import type { JsonValue } from '@backstage/types';
import * as presentCore from '@greenroom/cache-core';
import type { CacheDriver, CacheDriverDefinition, CacheManager, CacheObserver } from '@greenroom/cache-core';
import { extendedCases } from '@greenroom/cache-core/testing';
import { memcacheDriver } from '@greenroom/cache-memcache';
import { memoryDriver } from '@greenroom/cache-memory';
import { redisDriver } from '@greenroom/cache-redis';
import { valkeyDriver } from '@greenroom/cache-valkey';
import { uniqueId } from '../testSupport/startBackend';
import { stores, toCacheConfig } from '../testSupport/stores';
import { withPatience } from '../testSupport/withPatience';

type Core = Pick<typeof presentCore, 'createCacheManager'>;

const olderCore = jest.requireActual<Core>('./olderCore/index.cjs');
const { createConfigSource, extendCache, parseDriverOptions } = presentCore;

const drivers: Record<string, CacheDriverDefinition> = {
  redis: redisDriver,
  valkey: valkeyDriver,
  memcache: memcacheDriver,
};

const HOUR = 3_600_000;
const noLoad = () => {
  throw new Error('The load was called');
};

/** Longest time until a background write can be read, and until an entry of this file has expired. */
const SETTLED_MS = 5000;

async function until<T>(read: () => Promise<T>, isEnd: (result: T) => boolean): Promise<T> {
  const endMs = performance.now() + SETTLED_MS;
  for (;;) {
    const result = await read();
    if (isEnd(result) || performance.now() > endMs) return result;
    await sleep(2);
  }
}

/** Waits for the value of a key, as a loaded value is stored after the caller has got it. */
const stored = (cache: presentCore.CacheService, key: string) =>
  until(
    () => cache.get(key),
    value => value !== undefined,
  );

async function expectGone(cache: presentCore.CacheService, key: string): Promise<void> {
  expect(
    await until(
      () => cache.get(key),
      value => value === undefined,
    ),
  ).toBeUndefined();
}

const values: readonly JsonValue[] = [
  ...[null, 0, '', false, -1.5, '#1 catalog:key - 1', '#2 catalog:key - - 0 1', '"', 'ü\ud83d\ude00\0'],
  ...[[], {}, { $greenroom: 1, value: 1 }, { a: [null, { b: '#' }] }],
];

it('only the present core has extendCache', () => {
  expect(olderCore).not.toHaveProperty('extendCache');
  expect(presentCore).toHaveProperty('extendCache');
});

describe.each(stores)('two versions of core that share $store', row => {
  const faults = new Set<string>();
  const observer: CacheObserver = {
    onOperation: ({ operation, error }) => error && faults.add(`${operation}: ${error.message}`),
    onDriverFault: ({ method, error }) => faults.add(`${method}: ${error.message}`),
  };
  // The memory driver keeps the entries itself, so both versions have to share one driver.
  let shared: CacheDriver | undefined;
  const sharedMemory: CacheDriverDefinition<Parameters<typeof memoryDriver.create>[0]> = {
    ...memoryDriver,
    create: (options, host) => (shared ??= memoryDriver.create(options, host)),
  };
  const driver = drivers[row.store] ?? sharedMemory;
  const driverOptions = parseDriverOptions(
    driver,
    createConfigSource(withPatience(toCacheConfig(row)), 'backend.cache'),
  );
  const open = ({ createCacheManager }: Core): CacheManager => createCacheManager({ driver, driverOptions, observer });
  const [presentManager, olderManager] = [open(presentCore), open(olderCore)];
  afterAll(() => Promise.all([presentManager.close(), olderManager.close()]));
  afterEach(() => {
    const found = [...faults];
    faults.clear();
    expect(found).toEqual([]);
  });

  /** The cache of one plugin in both versions. */
  const openPlugin = () => {
    const id = uniqueId();
    return { cache: extendCache(presentManager.forPlugin(id)), older: olderManager.forPlugin(id) };
  };

  it('the present version reads values that the older one set', async () => {
    const { cache, older } = openPlugin();
    for (const [index, value] of values.entries()) {
      const key = `key ${index}`;
      await older.set(key, value, index % 2 ? { ttl: HOUR } : {});
      expect(await cache.get(key)).toEqual(value);
      expect(await cache.getOrSet(key, noLoad, { ttl: 1, staleTtl: HOUR })).toEqual(value);
      expect(await cache.getOrSetMany([key], noLoad)).toEqual(new Map([[key, value]]));
      const seen = await cache.getOrSet(key, ({ stale }) => [stale?.value ?? null], { forceFresh: true });
      expect(seen).toEqual([value]);
    }
  });

  it('the older version reads values that the present one set, or loaded without staleTtl', async () => {
    const { cache, older } = openPlugin();
    for (const [index, value] of values.entries()) {
      await cache.set(`set ${index}`, value, index % 2 ? { ttl: HOUR } : {});
      expect(await older.get(`set ${index}`)).toEqual(value);
      await cache.getOrSet<never>(`loaded ${index}`, () => value as never, index % 2 ? { ttl: HOUR, jitter: 1 } : {});
      expect(await stored(older, `loaded ${index}`)).toEqual(value);
    }
  });

  it.each<[string, (cache: presentCore.ExtendedCache) => Promise<unknown>]>([
    ['a staleTtl', cache => cache.getOrSet('key', () => 'present', { ttl: HOUR, staleTtl: 2 * HOUR })],
    [
      'meta and a ttl',
      cache => cache.getOrSet('key', context => (context.setMeta({ etag: '"1"' }), 'present'), { ttl: HOUR }),
    ],
    ['meta and no ttl', cache => cache.getOrSet('key', context => (context.setMeta('#'), 'present'))],
  ])('the older version misses an entry with %s, and can replace or delete it', async (_what, load) => {
    const { cache, older } = openPlugin();
    await load(cache);
    expect(await stored(cache, 'key')).toBe('present');
    expect(await older.get('key')).toBeUndefined();

    await older.set('key', 'older', { ttl: HOUR });
    expect(await cache.get('key')).toBe('older');
    expect(await cache.getOrSet('key', noLoad)).toBe('older');

    await older.delete('key');
    await load(cache);
    await stored(cache, 'key');
    await older.delete('key');
    expect(await cache.get('key')).toBeUndefined();
  });

  it('a ttl set by one version applies in the other', async () => {
    const { cache, older } = openPlugin();
    await older.set('older', 1, { ttl: 40 });
    await cache.set('set', 1, { ttl: 40 });
    await cache.getOrSet('loaded', () => 1, { ttl: 40 });
    await Promise.all([expectGone(cache, 'older'), expectGone(older, 'set'), expectGone(older, 'loaded')]);
    expect(await cache.getOrSet('older', context => String('stale' in context))).toBe('false');
  });

  it('encrypted entries miss in the older version, and its plain entries miss in the encrypting one', async () => {
    const id = uniqueId();
    const encrypting = presentCore.createCacheManager({
      ...{ driver, driverOptions, observer },
      ...{ plugins: { [id]: { encrypt: true } }, encryptionKeys: [Buffer.alloc(32, 1).toString('base64')] },
    });
    const cache = extendCache(encrypting.forPlugin(id));
    const [older, plain] = [olderManager, presentManager].map(manager => manager.forPlugin(id)) as [
      presentCore.CacheService,
      presentCore.CacheService,
    ];
    for (const [index, value] of values.entries()) {
      const key = `key ${index}`;
      await cache.set(key, value, index % 2 ? { ttl: HOUR } : {});
      expect([await older.get(key), await plain.get(key), await cache.get(key)]).toEqual([undefined, undefined, value]);
      await (index % 2 ? older : plain).set(key, 'not encrypted', { ttl: HOUR });
      expect([await cache.get(key), await cache.get(key, { frozen: true })]).toEqual([undefined, undefined]);
      expect(await cache.getOrSet<never>(key, () => value as never, { ttl: HOUR, staleTtl: 2 * HOUR })).toEqual(value);
      expect(await stored(cache, key)).toEqual(value);
      expect([await older.get(key), await plain.get(key)]).toEqual([undefined, undefined]);
      await older.delete(key);
      expect(await cache.get(key)).toBeUndefined();
    }
    if (driver !== sharedMemory) await encrypting.close();
  });

  it('keys of the older version do not collide with a namespace of the present one', async () => {
    const { cache, older } = openPlugin();
    const space = cache.namespace('a');
    await space.set('key', 'in the namespace');
    for (const key of ['key', '!na!key', '%21na!key', '!a!key']) {
      expect(await older.get(key)).toBeUndefined();
      await older.set(key, 'outside');
    }
    expect(await space.get('key')).toBe('in the namespace');
    expect(await cache.get('!na!key')).toBe('outside');
  });
});

describe('the cache of an older core, extended by the present one', () => {
  const manager = olderCore.createCacheManager({
    driver: memoryDriver,
    driverOptions: parseDriverOptions(memoryDriver, createConfigSource({}, 'backend.cache')),
  });
  afterAll(() => manager.close());

  it.each(extendedCases)('$name', async ({ run }) => {
    await run({ open: () => manager.forPlugin(uniqueId()), lacksClear: 'it has no method for it' });
  });
});
