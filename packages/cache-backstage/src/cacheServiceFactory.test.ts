import { randomBytes, randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { createBackendFeatureLoader } from '@backstage/backend-plugin-api';
import type { BackendFeature } from '@backstage/backend-plugin-api';
import { mockServices, ServiceFactoryTester } from '@backstage/backend-test-utils';
import type { JsonObject } from '@backstage/types';
import type { CacheDriverDefinition } from '@greenroom/cache-core';
import { memoryDriver } from '@greenroom/cache-memory';
import { sendCommands, sharedServerUrl, startRedis, until } from '@greenroom/test-servers';
import { cleanUp } from '@greenroom/test-servers/cleanUp';
import defaultExport, { cacheServiceFactory, createCacheDriverFeature } from './index';
import { recordLog } from './testSupport/recordLog';
import { startBackend } from './testSupport/startBackend';
import { toAddress } from './testSupport/stores';

function testerFor(cache: JsonObject | undefined, factory = cacheServiceFactory(), logger = recordLog().logger) {
  return ServiceFactoryTester.from(factory, {
    dependencies: [
      mockServices.rootConfig.factory({ data: { backend: cache ? { cache } : {} } }),
      mockServices.rootLogger.mock(logger).factory,
    ],
  });
}

describe('the cache service', () => {
  it('caches in memory when nothing is configured, separately for each plugin', async () => {
    const tester = testerFor(undefined);
    const catalog = await tester.getSubject('catalog');
    const search = await tester.getSubject('search');

    await catalog.set('key', { from: 'catalog' });

    expect(await catalog.get('key')).toEqual({ from: 'catalog' });
    expect(await search.get('key')).toBeUndefined();
  });

  it('serves plugins when the package is added as a feature', async () => {
    const url = sharedServerUrl('redis');
    const pluginId = `test-${Math.random().toString(36).slice(2)}`;
    const { cacheOf } = await startBackend(
      { store: 'redis', connection: url },
      { pluginIds: [pluginId], features: [import('./index')] },
    );

    await cacheOf(pluginId).set('some-key', 'bob', { ttl: 60_000 });

    const { hostname, port } = new URL(url);
    const address = { host: hostname, port: Number(port) };
    expect(await sendCommands(address, [['GET', `${pluginId}:some-key`]])).toEqual(['"bob"']);
  });

  it('uses the namespace and the default ttl of the configuration', async () => {
    const url = sharedServerUrl('redis');
    const namespace = `test-${Math.random().toString(36).slice(2)}`;
    const cache = { store: 'redis', connection: url, defaultTtl: '1h', redis: { client: { namespace } } };
    const { cacheOf } = await startBackend(cache, { pluginIds: ['catalog'] });

    await cacheOf('catalog').set('some-key', 'bob');

    const { hostname, port } = new URL(url);
    const address = { host: hostname, port: Number(port) };
    const key = `${namespace}:catalog:some-key`;
    const [value, ttlMs] = await sendCommands(address, [
      ['GET', key],
      ['PTTL', key],
    ]);
    expect(value).toBe('"bob"');
    expect(Number(ttlMs)).toBeGreaterThan(3_590_000);
    expect(Number(ttlMs)).toBeLessThanOrEqual(3_600_000);
  });

  it('caches in Valkey, separately for each plugin, with the configured keyPrefix', async () => {
    const url = sharedServerUrl('valkey');
    const namespace = `test-${Math.random().toString(36).slice(2)}`;
    const valkey = { client: { keyPrefix: `${namespace}:` } };
    const { cacheOf } = await startBackend(
      { store: 'valkey', connection: url, valkey },
      { pluginIds: ['auth', 'catalog'] },
    );

    await cacheOf('auth').set('some-key', 'secret', { ttl: 60_000 });
    await cacheOf('catalog').set('some-key', 'bob', { ttl: 60_000 });

    expect(await cacheOf('auth').get('some-key')).toBe('secret');
    const { hostname, port } = new URL(url);
    const address = { host: hostname, port: Number(port) };
    expect(await sendCommands(address, [['GET', `${namespace}:catalog:some-key`]])).toEqual(['"bob"']);
  });

  it('caches in Memcached, separately for each plugin, and warns that a namespace has no effect there', async () => {
    const pluginIds = ['one', 'two'].map(name => `${name}-${Math.random().toString(36).slice(2)}`);
    const [one = '', two = ''] = pluginIds;
    const log = recordLog();
    const memcache = { client: { namespace: 'my-app' } };
    const cache = { store: 'memcache', connection: sharedServerUrl('memcached'), memcache };
    const { cacheOf } = await startBackend(cache, { pluginIds, log });

    await cacheOf(one).set('key', 'bob', { ttl: 60_000 });

    expect(await cacheOf(one).get('key')).toBe('bob');
    expect(await cacheOf(two).get('key')).toBeUndefined();
    expect(log.cacheLines().filter(({ level }) => level === 'warn')).toEqual([
      { level: 'warn', message: expect.stringContaining("'backend.cache.memcache.client.namespace' has no effect") },
    ]);
  });

  it('uses one connection for 50 plugins', async () => {
    const server = await startRedis();
    cleanUp(() => server.stop());
    const pluginIds = Array.from({ length: 50 }, (_, index) => `plugin-${index}`);
    const { cacheOf } = await startBackend({ store: 'redis', connection: server.url }, { pluginIds });

    await Promise.all(pluginIds.map(pluginId => cacheOf(pluginId).set('key', pluginId)));

    expect(await Promise.all(pluginIds.map(pluginId => cacheOf(pluginId).get('key')))).toEqual(pluginIds);
    const [clients] = await sendCommands(server, [['CLIENT', 'LIST']]);
    // The second one is the connection of this test.
    expect(String(clients).trim().split('\n')).toHaveLength(2);
  });

  it('starts without its server, logs that once, and caches when the server comes up', async () => {
    const server = await startRedis();
    cleanUp(() => server.stop());
    await server.kill();
    const log = recordLog();
    const { cacheOf } = await startBackend({ store: 'redis', connection: server.url }, { pluginIds: ['catalog'], log });
    const cache = cacheOf('catalog');

    for (let count = 0; count < 20; count++) {
      await cache.set('key', count);
      expect(await cache.get('key')).toBeUndefined();
    }
    await Promise.all([once(log.events, 'line'), server.start()]);

    await until(
      'the cache is used',
      async () => (await cache.set('key', 'kept'), (await cache.get('key')) === 'kept'),
      1000,
    );
    expect(log.cacheLines()).toEqual([
      { level: 'info', message: 'Caching in redis' },
      {
        level: 'error',
        message:
          'Cache store redis is away, requests go on uncached until it is back: ' +
          `Redis at ${server.host}:${server.port} cannot be reached (ECONNREFUSED)`,
      },
      {
        level: 'info',
        message: expect.stringMatching(/^Cache store redis at [\d.]+:\d+ is back after \d+\.\d s; 1 key invalidated$/),
      },
    ]);
  });

  it('resolves every operation to undefined once the backend has stopped', async () => {
    const { stop, cacheOf } = await startBackend(
      { store: 'redis', connection: sharedServerUrl('redis') },
      { pluginIds: ['catalog'] },
    );
    const cache = cacheOf('catalog');
    await cache.set('key', 1);

    await stop();

    await expect(cache.get('key')).resolves.toBeUndefined();
    await expect(cache.set('key', 2)).resolves.toBeUndefined();
    await expect(cache.delete('key')).resolves.toBeUndefined();
  });

  it('lets a backend stop within 3 s while its server is frozen', async () => {
    const server = await startRedis();
    cleanUp(() => server.stop());
    const { stop, cacheOf } = await startBackend(
      { store: 'redis', connection: server.url },
      { pluginIds: ['catalog'] },
    );
    await cacheOf('catalog').set('key', 1);
    await server.freeze();

    const startedAtMs = performance.now();
    const pending = cacheOf('catalog').get('key');
    await stop();
    await pending;

    expect(performance.now() - startedAtMs).toBeLessThan(3000);
  });
});

describe('the configuration', () => {
  it.each([
    [
      'an unknown store',
      { store: 'infinispan' },
      "Unknown cache store 'infinispan' in 'backend.cache.store'. Known stores: memcache, memory, redis, valkey; no driver was added.",
    ],
    [
      'an address as the store, without showing it',
      { store: 'redis://user:secret@localhost' },
      "Unknown cache store in 'backend.cache.store'. Known stores: memcache, memory, redis, valkey; no driver was added.",
    ],
    [
      'an unknown driver',
      { store: 'memory', driver: 'acme' },
      "Unknown cache store 'acme' in 'backend.cache.driver'. Known stores: memcache, memory, redis, valkey; no driver was added.",
    ],
    ['a missing connection', { store: 'redis' }, "Missing configuration at 'backend.cache.connection'"],
    [
      'a default ttl that is not a duration',
      { defaultTtl: 'hello' },
      "Invalid duration 'hello' in config at 'backend.cache.defaultTtl'",
    ],
    ['a default ttl of 0', { defaultTtl: 0 }, "Invalid configuration at 'backend.cache.defaultTtl'"],
    [
      'an invalid bound of the memory store',
      { memory: { maxBytes: 0 } },
      "Invalid configuration at 'backend.cache.memory.maxBytes'",
    ],
  ])('fails the start with a clear message for %s', async (_what, cache, message) => {
    await expect(startBackend(cache as JsonObject, { pluginIds: ['catalog'] })).rejects.toThrow(message);
  });

  it('warns about an option without effect', async () => {
    const log = recordLog();
    await startBackend({ useRedisSets: true, store: 'redis', connection: sharedServerUrl('redis') }, { log });
    expect(log.cacheLines()).toContainEqual({
      level: 'warn',
      message: "'backend.cache.useRedisSets' has no effect and can be removed",
    });
  });
});

describe('unknown keys of the configuration', () => {
  async function warningsFor(cache: JsonObject, factory = cacheServiceFactory()) {
    const log = recordLog();
    await startBackend(cache, { features: [factory], log });
    return log.cacheLines().flatMap(({ level, message }) => (level === 'warn' ? [message] : []));
  }

  it('cause one warning each, with the nearest known key, and do not fail the start', async () => {
    const memory = { maxByte: 1, maxBytes: 1000, client: { color: 'red' } };
    expect(await warningsFor({ store: 'memory', defaultTTL: '1h', memory, maxEntries: 5 })).toEqual([
      "'backend.cache.defaultTTL' is unknown and has no effect: did you mean 'backend.cache.defaultTtl'?",
      "'backend.cache.memory.maxByte' is unknown and has no effect: did you mean 'backend.cache.memory.maxBytes'?",
      "'backend.cache.memory.client.color' is unknown and has no effect",
      "'backend.cache.maxEntries' is unknown and has no effect: did you mean 'backend.cache.memory.maxEntries'?",
    ]);
  });

  it('are found in cluster nodes and in a connection object', async () => {
    const connection = { url: 'redis://127.0.0.1:1', socket: { tsl: true }, pasword: 'secret' };
    const cluster = {
      rootNodes: [{ url: 'redis://127.0.0.1:1', host: '127.0.0.1', usernam: 'x' }],
      defaults: { paswd: 'x' },
    };
    const warnings = [
      "'backend.cache.connection.socket.tsl' is unknown and has no effect: did you mean 'backend.cache.connection.socket.tls'?",
      "'backend.cache.connection.pasword' is unknown and has no effect: did you mean 'backend.cache.connection.password'?",
    ];
    expect(await warningsFor({ store: 'redis', connection })).toEqual(warnings);
    expect(await warningsFor({ store: 'redis', connection, redis: { cluster } })).toEqual([
      ...warnings,
      expect.stringContaining("did you mean 'backend.cache.redis.cluster.rootNodes[0].username'?"),
      expect.stringContaining("'backend.cache.redis.cluster.defaults.paswd' is unknown"),
    ]);
  });

  it('are shown truncated and without control characters, at most 20 of them', async () => {
    const keys = Array.from({ length: 100 }, (_, index) => [`k${index}\u001b[31m\n\u2028${'x'.repeat(100_000)}`, 1]);
    const warnings = await warningsFor({ store: 'memory', ...(Object.fromEntries(keys) as JsonObject) });
    expect(warnings).toHaveLength(21);
    expect(warnings[0]).toMatch(/^'backend\.cache\.k0 x+…' is unknown and has no effect$/);
    expect(warnings[20]).toBe("80 more keys in 'backend.cache' are unknown and have no effect");
    for (const warning of warnings) {
      expect(warning).not.toMatch(/[\p{Cc}\p{Zl}]/u);
      expect(warning.length).toBeLessThan(300);
    }
  });

  it('do not include the sections of other stores', async () => {
    const others = { connection: 'redis://host', redis: { client: { namespace: 'x' } }, valkey: {}, infinispan: {} };
    expect(await warningsFor({ store: 'memory', ...others })).toEqual([]);
    expect(await warningsFor({ store: 'memory', driver: '', acme: { url: 'x' } })).toEqual([
      "'backend.cache.acme' is unknown and has no effect",
    ]);
    const factory = cacheServiceFactory({ drivers: [{ ...memoryDriver, store: 'acme' }] });
    expect(await warningsFor({ store: 'memory', acme: { url: 'x' } }, factory)).toEqual([]);
  });
});

describe('policies of plugins', () => {
  const secret = randomBytes(32).toString('base64');

  it('take effect in the store: encryption, ttl bounds, a size limit and a disabled plugin', async () => {
    const connection = sharedServerUrl('redis');
    const [auth, catalog, search] = ['auth', 'catalog', 'search'].map(name => `${name}-${randomUUID()}`) as [
      string,
      string,
      string,
    ];
    const { cacheOf, log } = await startBackend(
      {
        ...{ store: 'redis', connection, defaultTtl: '2h', maxTtl: '1h' },
        plugin: {
          [auth]: { encrypt: true, maxTtl: '10m' },
          [catalog]: { maxValueBytes: 100, defaultTtl: '5m' },
          [search]: { enabled: false },
        },
        encryption: { keys: [{ secret }] },
      },
      { pluginIds: [auth, catalog, search] },
    );
    for (const id of [auth, catalog, search]) await cacheOf(id).set('key', 'hunter2');
    await cacheOf(catalog).set('long', 'x'.repeat(100));
    await cacheOf(catalog).set('lasting', 1, { ttl: 24 * 3_600_000 });

    const [text, ttlMs, plain, plainMs, long, lastingMs, none] = await sendCommands(toAddress(connection), [
      ...[auth, catalog].flatMap(id => [
        ['GET', `${id}:key`],
        ['PTTL', `${id}:key`],
      ]),
      ...[
        ['GET', `${catalog}:long`],
        ['PTTL', `${catalog}:lasting`],
        ['GET', `${search}:key`],
      ],
    ]);
    expect(text).toMatch(/^#3 [\w-]{8} [\w+/=]+$/);
    expect([plain, long, none]).toEqual(['"hunter2"', undefined, undefined]);
    for (const [found, minutes] of [
      [ttlMs, 10],
      [plainMs, 5],
      [lastingMs, 60],
    ]) {
      expect(Number(found)).toBeGreaterThan((Number(minutes) - 1) * 60_000);
      expect(Number(found)).toBeLessThanOrEqual(Number(minutes) * 60_000);
    }
    expect(await cacheOf(auth).get('key')).toBe('hunter2');
    expect(await cacheOf(search).get('key')).toBeUndefined();
    expect(log.cacheLines().filter(({ level }) => level === 'warn')).toEqual([
      {
        level: 'warn',
        message: "'backend.cache.defaultTtl' is longer than 'maxTtl' beside it, which counts",
      },
      {
        level: 'warn',
        message: expect.stringContaining('1 operation failed with CACHE_TOO_LARGE: A value of 102 bytes is not stored'),
      },
    ]);
  });

  it('cause a warning when the backend has no such plugin', async () => {
    const { log } = await startBackend(
      { plugin: { catlog: { enabled: false }, auth: {}, search: {}, 'something-else': {} } },
      { pluginIds: ['auth', 'catalog', 'search'] },
    );
    expect(log.cacheLines().filter(({ level }) => level === 'warn')).toEqual([
      {
        level: 'warn',
        message:
          "'backend.cache.plugin.catlog' has no effect, as this backend has no plugin with this id: " +
          "did you mean 'backend.cache.plugin.catalog'?",
      },
      {
        level: 'warn',
        message: "'backend.cache.plugin.something-else' has no effect, as this backend has no plugin with this id",
      },
    ]);
  });

  it('cause no warning when the plugin does not use the cache', async () => {
    const { log } = await startBackend({ plugin: { operator: { enabled: false } } }, { pluginIds: ['catalog'] });
    expect(log.cacheLines().filter(({ level }) => level === 'warn')).toEqual([]);
  });

  it('fail the start with the path but no secret when an encryption key is invalid', async () => {
    const encryption = { keys: [{ secret: 'hunter2' }] };
    const starting = startBackend({ plugin: { auth: { encrypt: true } }, encryption }, { pluginIds: ['auth'] });
    await expect(starting).rejects.toThrow(
      "Invalid configuration at 'backend.cache.encryption.keys[0].secret': expected 32 random bytes in base64",
    );
    await expect(starting).rejects.not.toThrow('hunter2');
  });
});

describe('third-party drivers', () => {
  const acmeDriver: CacheDriverDefinition<{ url: string | undefined }> = {
    contractVersion: 1,
    store: 'acme',
    parseOptions: config => ({ url: config.getOptionalString('acme.url') }),
    create: () => ({
      get: async () => '"from acme"',
      set: async () => {},
      delete: async () => {},
      close: async () => {},
    }),
  };
  const feature = createCacheDriverFeature(acmeDriver);
  const loader = createBackendFeatureLoader({ loader: () => [feature] });
  const config = { store: 'memory', driver: 'acme', acme: { url: 'acme://host' } };

  it.each<[string, BackendFeature[]]>([
    ['in code', [cacheServiceFactory({ drivers: [acmeDriver] })]],
    ['before the cache service', [feature, defaultExport]],
    ['after the cache service', [defaultExport, feature]],
    ['by a feature loader', [defaultExport, loader]],
    [
      'by the loader that adds the cache service',
      [createBackendFeatureLoader({ loader: () => [defaultExport, feature] })],
    ],
    ['by hand and by a feature loader', [defaultExport, feature, loader]],
  ])('can be added %s', async (_how, features) => {
    const { cacheOf } = await startBackend(config, { pluginIds: ['catalog'], features });
    expect(await cacheOf('catalog').get('key')).toBe('from acme');
  });

  it.each([
    ['store', { store: 'acme' }],
    ["driver, beside a store that Backstage's schema knows", { store: 'memory', driver: 'acme' }],
  ])('are chosen by the name in %s', async (_key, cache) => {
    const { cacheOf } = await startBackend(cache, { pluginIds: ['catalog'], features: [defaultExport, feature] });
    expect(await cacheOf('catalog').get('key')).toBe('from acme');
  });

  it('have no effect when another store is chosen or the cache service is missing', async () => {
    const { cacheOf } = await startBackend(
      { store: 'memory' },
      { pluginIds: ['catalog'], features: [defaultExport, feature] },
    );
    await cacheOf('catalog').set('key', 'from memory');
    expect(await cacheOf('catalog').get('key')).toBe('from memory');

    const withoutService = await startBackend({}, { pluginIds: ['catalog'], features: [feature] });
    await expect(withoutService.cacheOf('catalog').get('key')).resolves.toBeUndefined();
  });

  it('replace a Greenroom store of the same name', async () => {
    const redis = createCacheDriverFeature({ ...acmeDriver, store: 'redis' });
    const { cacheOf } = await startBackend(
      { store: 'redis' },
      { pluginIds: ['catalog'], features: [defaultExport, redis] },
    );
    expect(await cacheOf('catalog').get('key')).toBe('from acme');
  });

  it.each<[string, string, readonly CacheDriverDefinition[], string]>([
    [
      ...(['the store is unknown', 'acem', [acmeDriver]] as const),
      "Unknown cache store 'acem' in 'backend.cache.store'. Known stores: memcache, memory, redis, valkey; added by drivers: acme. " +
        "For another store, add the package of its driver to the backend: backend.add(import('the-package'))",
    ],
    [
      ...(['two have the same name', 'memory', [acmeDriver, { ...acmeDriver }]] as const),
      "Two cache drivers are called 'acme': remove one of them from the backend. " +
        'Known stores: memcache, memory, redis, valkey; added by drivers: acme',
    ],
    [
      ...([
        'one was written for another contract version',
        'memory',
        [acmeDriver, { ...acmeDriver, store: 'old', contractVersion: 2 as 1 }],
      ] as const),
      "The cache driver 'old' was written for version 2 of the driver contract, and this @greenroom/cache-core has version 1: " +
        'install releases of the two that fit. Known stores: memcache, memory, redis, valkey; added by drivers: acme, old',
    ],
  ])('fail the start with the known stores and the fix when %s', async (_when, store, drivers, message) => {
    const features = [defaultExport, ...drivers.map(driver => createCacheDriverFeature(driver))];
    await expect(startBackend({ store }, { pluginIds: ['catalog'], features })).rejects.toThrow(message);
  });

  it.each<[string, unknown, string]>([
    ['undefined', undefined, 'A cache driver is expected, got undefined'],
    ['null', null, 'A cache driver is expected, got null'],
    ['a module instead of its export', { acmeDriver }, "'store' has to be a name"],
    [
      'a driver without create',
      { ...acmeDriver, create: undefined },
      "The cache driver 'acme' has undefined for 'create'",
    ],
    [
      'a driver whose options are a promise',
      { ...acmeDriver, parseOptions: async () => ({}) },
      "The cache driver 'acme' gives a promise in 'parseOptions'",
    ],
    ['a driver called __proto__', { ...acmeDriver, store: '__proto__' }, "A cache driver is called '__proto__'"],
  ])(
    'fail the start with the reason when one is %s, even if another store is chosen',
    async (_what, wrong, message) => {
      const driver = wrong as CacheDriverDefinition;
      const ways = [[cacheServiceFactory({ drivers: [driver] })], [defaultExport, createCacheDriverFeature(driver)]];
      for (const features of ways) {
        await expect(startBackend({ store: 'memory' }, { pluginIds: ['catalog'], features })).rejects.toMatchObject({
          message: expect.stringContaining(message),
        });
      }
    },
  );

  it('fail the start without showing the error text when parseOptions throws', async () => {
    const parseOptions = () => {
      throw new TypeError('Invalid URL: redis://user:hunter2@host');
    };
    const features = [cacheServiceFactory({ drivers: [{ ...acmeDriver, parseOptions }] })];
    const starting = startBackend(config, { pluginIds: ['catalog'], features });
    await expect(starting).rejects.toThrow("The cache driver 'acme' has thrown an Error in 'parseOptions'");
    await expect(starting).rejects.not.toThrow('hunter2');
  });

  it('cacheServiceFactory throws when drivers is not a list', () => {
    const drivers = acmeDriver as unknown as CacheDriverDefinition[];
    expect(() => cacheServiceFactory({ drivers })).toThrow("Invalid option 'drivers' of cacheServiceFactory");
  });
});
