/**
 * What Backstage's tests assert about its own cache, as far as a plugin or an operator can see it. Each assertion is checked with every
 * store, and only through the configuration.
 */
import type { CacheService } from '@backstage/backend-plugin-api';
import type { JsonObject, JsonValue } from '@backstage/types';
import { measureMs } from '@greenroom/cache-core/testing';
import { sendCommands } from '@greenroom/test-servers';
import { expectLife, lifeOf } from '../testSupport/lifeOf';
import { startBackend, uniqueId } from '../testSupport/startBackend';
import { respStores, serverStores, stores, toAddress, toCacheConfig } from '../testSupport/stores';

describe.each(stores)('the cache of a plugin in $store', row => {
  const openCache = async (more: JsonObject = {}) => (await startBackend({ ...toCacheConfig(row), ...more })).cacheOf();

  describe('get, set and delete', () => {
    it('get resolves to a copy of the value, and to undefined for a missing key', async () => {
      const cache = await openCache();
      const value = { list: [1, 'two', null, { deep: true }] };
      await cache.set('key', value);
      value.list.push('later');
      expect(await cache.get('key')).toEqual({ list: [1, 'two', null, { deep: true }] });
      expect(await cache.get('another key')).toBeUndefined();
    });

    it('null is a value, and set, delete and a get that misses resolve to undefined', async () => {
      const cache = await openCache();
      expect(await cache.set('key', null)).toBeUndefined();
      expect(await cache.get('key')).toBeNull();
      expect(await cache.delete('key')).toBeUndefined();
      expect(await cache.get('key')).toBeUndefined();
      expect(await cache.delete('key')).toBeUndefined();
    });

    it.each([200, 251, 1000, 10_000])(
      'a key of %i characters works, even if the store allows only shorter keys',
      async length => {
        const cache = await openCache();
        const start = uniqueId().padEnd(length - 1, 'k');
        await cache.set(`${start}1`, 'one');
        await cache.set(`${start}2`, 'two');
        expect(await cache.get(`${start}1`)).toBe('one');
        expect(await cache.get(`${start}2`)).toBe('two');
        await cache.delete(`${start}1`);
        expect(await cache.get(`${start}1`)).toBeUndefined();
        expect(await cache.get(`${start}2`)).toBe('two');
      },
    );

    it.each([
      ['undefined', undefined],
      ['a BigInt', 1n],
      ['a function', () => 1],
      ['a cycle', Object.assign([] as unknown[], { 0: {} })],
    ])('set rejects %s with CACHE_INVALID_VALUE and keeps the old value', async (what, value) => {
      const cache = await openCache();
      if (what === 'a cycle') (value as unknown[])[0] = value;
      await cache.set('key', 'old');
      await expect(cache.set('key', value as JsonValue)).rejects.toMatchObject({ code: 'CACHE_INVALID_VALUE' });
      expect(await cache.get('key')).toBe('old');
    });

    it('get misses, and set and delete resolve, after the backend has stopped', async () => {
      const { cacheOf, stop } = await startBackend({ ...toCacheConfig(row) });
      const cache = cacheOf();
      await cache.set('key', 'value');
      await stop();
      await expect(cache.get('key')).resolves.toBeUndefined();
      await expect(cache.set('key', 'value')).resolves.toBeUndefined();
      await expect(cache.delete('key')).resolves.toBeUndefined();
    });
  });

  describe('withOptions', () => {
    it('returns a new cache and leaves the original unchanged', async () => {
      const cache = await openCache();
      const short = cache.withOptions({ defaultTtl: 200 });
      expect(short).not.toBe(cache);
      const lives = Promise.all([lifeOf(short, 'short')]);
      await cache.set('lasting', 'value');
      expectLife((await lives)[0], 200);
      expect(await cache.get('lasting')).toBe('value');
    });

    it('merges its options over earlier ones', async () => {
      const short = (await openCache()).withOptions({ defaultTtl: 200 });
      const same = short.withOptions({});
      const longer = short.withOptions({ defaultTtl: 400 });
      const lives = [lifeOf(same, 'same'), lifeOf(longer, 'longer'), lifeOf(short, 'short')];
      const [lifeOfSame, lifeOfLonger, lifeOfShort] = await Promise.all(lives);
      expectLife(lifeOfSame as never, 200);
      expectLife(lifeOfLonger as never, 400);
      expectLife(lifeOfShort as never, 200);
    });

    it('caches of one plugin share their entries', async () => {
      const cache = await openCache();
      const other = cache.withOptions({ defaultTtl: { hours: 1 } });
      await cache.set('key', 'by the first');
      expect(await other.get('key')).toBe('by the first');
      await other.set('key', 'by the other');
      expect(await cache.get('key')).toBe('by the other');
      await other.delete('key');
      expect(await cache.get('key')).toBeUndefined();
    });
  });

  it('holds entries that no other plugin can see, replace or delete', async () => {
    const pluginIds = [uniqueId(), uniqueId()] as const;
    const { cacheOf } = await startBackend({ ...toCacheConfig(row) }, { pluginIds });
    const [one, two] = [cacheOf(pluginIds[0]), cacheOf(pluginIds[1])];
    await one.set('key', 'of one');
    expect(await two.get('key')).toBeUndefined();
    await two.set('key', 'of two');
    expect(await one.get('key')).toBe('of one');
    await two.delete('key');
    expect(await one.get('key')).toBe('of one');
    expect(await two.withOptions({ defaultTtl: 1000 }).get('key')).toBeUndefined();
  });

  describe('the ttl of an entry', () => {
    type LifeCase = readonly [
      name: string,
      config: JsonObject,
      watch: (cache: CacheService) => ReturnType<typeof lifeOf>,
    ];
    const ofDuration = { milliseconds: 200 };
    const cases: readonly (readonly [number, LifeCase])[] = [
      [200, ['defaultTtl is a number of ms', { defaultTtl: 200 }, cache => lifeOf(cache, 'key')]],
      [200, ['defaultTtl is a duration object', { defaultTtl: ofDuration }, cache => lifeOf(cache, 'key')]],
      [
        400,
        [
          'defaultTtl is a duration of several units',
          { defaultTtl: { seconds: 0.3, milliseconds: 100 } },
          cache => lifeOf(cache, 'key'),
        ],
      ],
      [200, ['withOptions has a defaultTtl in ms', {}, cache => lifeOf(cache.withOptions({ defaultTtl: 200 }), 'key')]],
      [
        200,
        [
          'withOptions has a duration object',
          {},
          cache => lifeOf(cache.withOptions({ defaultTtl: ofDuration }), 'key'),
        ],
      ],
      [
        400,
        [
          'withOptions overrides the configuration',
          { defaultTtl: 200 },
          cache => lifeOf(cache.withOptions({ defaultTtl: 400 }), 'key'),
        ],
      ],
      [200, ['set has a ttl in ms', {}, cache => lifeOf(cache, 'key', { ttl: 200 })]],
      [200, ['set has a duration object', {}, cache => lifeOf(cache, 'key', { ttl: ofDuration })]],
      [
        400,
        [
          'the ttl of a set in ms overrides a shorter default',
          { defaultTtl: 200 },
          cache => lifeOf(cache, 'key', { ttl: 400 }),
        ],
      ],
      [
        200,
        [
          'the ttl of a set as an object overrides a longer default',
          { defaultTtl: 60_000 },
          cache => lifeOf(cache, 'key', { ttl: ofDuration }),
        ],
      ],
      [
        400,
        [
          'the ttl of a set overrides that of withOptions',
          { defaultTtl: 60_000 },
          cache => lifeOf(cache.withOptions({ defaultTtl: 200 }), 'key', { ttl: 400 }),
        ],
      ],
    ];

    it.each(cases.map(([ttlMs, [name, config, watch]]) => ({ ttlMs, name, config, watch })))(
      'is $ttlMs ms, to within 50 ms, when $name',
      async ({ ttlMs, config, watch }) => {
        expectLife(await watch(await openCache(config)), ttlMs);
      },
    );

    it('an entry without a ttl or defaultTtl is still there after 1.2 s', async () => {
      const cache = await openCache();
      await cache.set('key', 'value');
      await lifeOf(cache, 'another', { ttl: 1200 });
      expect(await cache.get('key')).toBe('value');
    });
  });
});

describe.each(stores)('the configuration of a cache in $store', row => {
  const start = (more: JsonObject) => startBackend({ ...toCacheConfig(row), ...more });

  it('fails the start when defaultTtl is not a duration', async () => {
    await expect(start({ defaultTtl: 'hello' })).rejects.toThrow("Invalid duration 'hello' in config");
  });

  it('causes one warning that useRedisSets has no effect, and the cache works', async () => {
    const { cacheOf, log } = await start({ useRedisSets: true });
    await cacheOf().set('key', 'value');
    expect(await cacheOf().get('key')).toBe('value');
    expect(log.cacheProblems()).toEqual([
      { level: 'warn', message: "'backend.cache.useRedisSets' has no effect and can be removed" },
    ]);
  });

  it('causes no warning when it is valid', async () => {
    const { log } = await start({});
    expect(log.cacheProblems()).toEqual([]);
  });
});

it('an unknown store fails the start with an error that names it', async () => {
  await expect(startBackend({ store: 'acme' })).rejects.toThrow("Unknown cache store 'acme'");
});

describe.each(serverStores)('the connection of $store', row => {
  it.each([
    ['a number', 6379],
    ['a list', ['redis://localhost']],
    ['true', true],
    ['an object without a url', { pingInterval: 1000 }],
    ['an object with an empty url', { url: '' }],
    ['an object whose url is a number', { url: 6379 }],
  ])('fails the start when it is %s', async (_what, connection) => {
    await expect(startBackend({ store: row.store, connection })).rejects.toThrow("at 'backend.cache.connection");
  });

  it('can be an object with a url', async () => {
    const connection = { url: row.server.sharedConnection() };
    const cache = (await startBackend({ store: row.store, connection })).cacheOf();
    await cache.set('key', 'value');
    expect(await cache.get('key')).toBe('value');
  });

  it('is shared by all plugins and their withOptions caches', async () => {
    const server = await row.server.start();
    const pluginIds = Array.from({ length: 20 }, () => uniqueId());
    const { cacheOf } = await startBackend({ store: row.store, connection: server.url }, { pluginIds });
    const caches = pluginIds.flatMap(pluginId => [
      cacheOf(pluginId),
      cacheOf(pluginId).withOptions({ defaultTtl: 60_000 }),
      cacheOf(pluginId).withOptions({}).withOptions({ defaultTtl: 30_000 }),
    ]);
    await Promise.all(caches.map((cache, index) => cache.set(`key-${index}`, index)));
    expect(await Promise.all(caches.map((cache, index) => cache.get(`key-${index}`)))).toEqual([...caches.keys()]);
    expect(await row.server.countConnections(server)).toBe(1);
  });

  it('a dead server makes get miss and set and delete resolve, but an invalid value still rejects', async () => {
    const server = await row.server.start();
    const cache = (await startBackend({ store: row.store, connection: server.url })).cacheOf();
    await cache.set('key', 'value');
    await server.kill();
    await expect(cache.get('key')).resolves.toBeUndefined();
    await expect(cache.set('key', 'value', { ttl: 1000 })).resolves.toBeUndefined();
    await expect(cache.delete('key')).resolves.toBeUndefined();
    await expect(cache.set('key', 1n as unknown as JsonValue)).rejects.toMatchObject({ code: 'CACHE_INVALID_VALUE' });
  });

  it('a frozen server makes get, set and delete resolve to undefined within 600 ms', async () => {
    const server = await row.server.start();
    const config = { store: row.store, connection: server.url };
    const cache = (await startBackend(config, { isExact: true })).cacheOf();
    await cache.set('key', 'value');
    await server.freeze();
    const tookMs = await measureMs(async () => {
      const operations = [cache.get('key'), cache.set('key', 'value'), cache.delete('key')];
      expect(await Promise.all(operations)).toEqual([undefined, undefined, undefined]);
    });
    // The deadline is 500 ms, with a margin of 100 ms.
    expect(tookMs).toBeLessThan(600);
  });
});

describe.each(respStores)('a $store cluster without rootNodes', row => {
  it.each([{}, { defaults: { password: 'unused' } }])(
    'uses the server of the connection option, with a warning: %j',
    async cluster => {
      const pluginId = uniqueId();
      const config = { ...toCacheConfig(row), [row.store]: { cluster } };
      const { cacheOf, log } = await startBackend(config, { pluginIds: [pluginId] });
      await cacheOf().set('key', 'value');
      const [value] = await sendCommands(toAddress(row.server.sharedConnection()), [['GET', `${pluginId}:key`]]);
      expect(value).toBe('"value"');
      expect(log.cacheProblems()).toEqual([
        { level: 'warn', message: expect.stringMatching(new RegExp(`${row.store}\\.cluster' has no 'rootNodes'`)) },
      ]);
    },
  );
});
