import { EventEmitter, once } from 'node:events';
import { coreServices, createBackendPlugin } from '@backstage/backend-plugin-api';
import type { BackendFeature, CacheService, LoggerService } from '@backstage/backend-plugin-api';
import { mockServices, ServiceFactoryTester, startTestBackend } from '@backstage/backend-test-utils';
import type { JsonObject } from '@backstage/types';
import type { CacheDriverDefinition } from '@greenroom/cache-core';
import { memoryDriver } from '@greenroom/cache-memory';
import { sendCommands, sharedServerUrl, startRedis } from '@greenroom/testing';
import defaultExport, { cacheServiceFactory } from './index';

/** Something to be undone when a test ends, whether it passed or not. */
const cleanups: (() => Promise<unknown>)[] = [];
afterEach(async () => {
  for (const cleanup of cleanups.splice(0).reverse()) await cleanup();
});

interface LogLine {
  readonly level: string;
  readonly message: string;
}

/** A logger whose lines can be read, and awaited as events `line`. */
function recordLog() {
  const lines: LogLine[] = [];
  const events = new EventEmitter();
  const write = (level: string) => (message: string) => {
    lines.push({ level, message });
    events.emit('line', message);
  };
  const logger: LoggerService = {
    error: write('error'),
    warn: write('warn'),
    info: write('info'),
    debug: () => {},
    child: () => logger,
  };
  const cacheLines = () => lines.filter(({ message }) => /cach/i.test(message));
  return { logger, events, cacheLines };
}

function testerFor(cache: JsonObject | undefined, factory = cacheServiceFactory(), logger = recordLog().logger) {
  return ServiceFactoryTester.from(factory, {
    dependencies: [
      mockServices.rootConfig.factory({ data: { backend: cache ? { cache } : {} } }),
      mockServices.rootLogger.mock(logger).factory,
    ],
  });
}

/** A whole backend with one plugin for each id, whose caches it returns. */
async function startBackend(
  cache: JsonObject,
  pluginIds: string[],
  {
    features = [defaultExport],
    log = recordLog(),
  }: {
    features?: (BackendFeature | Promise<{ default: BackendFeature }>)[];
    log?: ReturnType<typeof recordLog>;
  } = {},
) {
  const caches = new Map<string, CacheService>();
  const plugins = pluginIds.map(pluginId =>
    createBackendPlugin({
      pluginId,
      register(env) {
        env.registerInit({
          deps: { cache: coreServices.cache },
          async init({ cache: pluginCache }) {
            caches.set(pluginId, pluginCache);
          },
        });
      },
    }),
  );
  const backend = await startTestBackend({
    features: [
      ...features,
      ...plugins,
      mockServices.rootConfig.factory({ data: { backend: { cache } } }),
      mockServices.rootLogger.mock(log.logger).factory,
    ],
  });
  cleanups.push(() => backend.stop());
  const cacheOf = (pluginId: string) => {
    const found = caches.get(pluginId);
    if (!found) throw new Error(`The plugin ${pluginId} did not start`);
    return found;
  };
  return { backend, cacheOf };
}

async function until(what: string, isTrue: () => Promise<boolean>, withinMs: number): Promise<void> {
  const deadlineMs = performance.now() + withinMs;
  while (!(await isTrue())) {
    if (performance.now() > deadlineMs) throw new Error(`Not within ${withinMs} ms: ${what}`);
    await new Promise(resolve => setTimeout(resolve, 10));
  }
}

describe('the cache service', () => {
  it('keeps entries in memory when nothing is configured, apart for each plugin', async () => {
    const tester = testerFor(undefined);
    const catalog = await tester.getSubject('catalog');
    const search = await tester.getSubject('search');

    await catalog.set('key', { from: 'catalog' });

    expect(await catalog.get('key')).toEqual({ from: 'catalog' });
    expect(await search.get('key')).toBeUndefined();
  });

  it('is what plugins get when the package is added the way Backstage adds features', async () => {
    const url = sharedServerUrl('redis');
    const pluginId = `test-${Math.random().toString(36).slice(2)}`;
    const { cacheOf } = await startBackend({ store: 'redis', connection: url }, [pluginId], {
      features: [import('./index')],
    });

    await cacheOf(pluginId).set('some-key', 'bob', { ttl: 60_000 });

    const { hostname, port } = new URL(url);
    const address = { host: hostname, port: Number(port) };
    expect(await sendCommands(address, [['GET', `${pluginId}:some-key`]])).toEqual(['"bob"']);
  });

  it('reads the namespace and the default ttl of the configuration', async () => {
    const url = sharedServerUrl('redis');
    const namespace = `test-${Math.random().toString(36).slice(2)}`;
    const cache = { store: 'redis', connection: url, defaultTtl: '1h', redis: { client: { namespace } } };
    const { cacheOf } = await startBackend(cache, ['catalog']);

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

  it('keeps entries in Valkey, apart for each plugin, below the prefix that Backstage has for them', async () => {
    const url = sharedServerUrl('valkey');
    const namespace = `test-${Math.random().toString(36).slice(2)}`;
    const valkey = { client: { keyPrefix: `${namespace}:` } };
    const { cacheOf } = await startBackend({ store: 'valkey', connection: url, valkey }, ['auth', 'catalog']);

    await cacheOf('auth').set('some-key', 'secret', { ttl: 60_000 });
    await cacheOf('catalog').set('some-key', 'bob', { ttl: 60_000 });

    expect(await cacheOf('auth').get('some-key')).toBe('secret');
    const { hostname, port } = new URL(url);
    const address = { host: hostname, port: Number(port) };
    expect(await sendCommands(address, [['GET', `${namespace}:catalog:some-key`]])).toEqual(['"bob"']);
  });

  it('keeps entries in Memcached, apart for each plugin, and warns that a namespace has no effect there', async () => {
    const pluginIds = ['one', 'two'].map(name => `${name}-${Math.random().toString(36).slice(2)}`);
    const [one = '', two = ''] = pluginIds;
    const log = recordLog();
    const memcache = { client: { namespace: 'my-app' } };
    const cache = { store: 'memcache', connection: sharedServerUrl('memcached'), memcache };
    const { cacheOf } = await startBackend(cache, pluginIds, { log });

    await cacheOf(one).set('key', 'bob', { ttl: 60_000 });

    expect(await cacheOf(one).get('key')).toBe('bob');
    expect(await cacheOf(two).get('key')).toBeUndefined();
    expect(log.cacheLines().filter(({ level }) => level === 'warn')).toEqual([
      { level: 'warn', message: expect.stringContaining("'backend.cache.memcache.client.namespace' has no effect") },
    ]);
  });

  it('holds one connection for 50 plugins', async () => {
    const server = await startRedis();
    cleanups.push(() => server.stop());
    const pluginIds = Array.from({ length: 50 }, (_, index) => `plugin-${index}`);
    const { cacheOf } = await startBackend({ store: 'redis', connection: server.url }, pluginIds);

    await Promise.all(pluginIds.map(pluginId => cacheOf(pluginId).set('key', pluginId)));

    expect(await Promise.all(pluginIds.map(pluginId => cacheOf(pluginId).get('key')))).toEqual(pluginIds);
    const [clients] = await sendCommands(server, [['CLIENT', 'LIST']]);
    // The other one is the connection that asks.
    expect(String(clients).trim().split('\n')).toHaveLength(2);
  });

  it('starts without its server, says so once, and caches when the server comes up', async () => {
    const server = await startRedis();
    cleanups.push(() => server.stop());
    await server.kill();
    const log = recordLog();
    const { cacheOf } = await startBackend({ store: 'redis', connection: server.url }, ['catalog'], { log });
    const cache = cacheOf('catalog');

    for (let count = 0; count < 20; count++) {
      await cache.set('key', count);
      expect(await cache.get('key')).toBeUndefined();
    }
    await once(log.events, 'line');
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
          'Cache store redis is away, requests go on uncached until it is back: Redis cannot be reached (ECONNREFUSED)',
      },
      {
        level: 'info',
        message: expect.stringMatching(/^Cache store redis is back after \d+\.\d s; 1 key invalidated$/),
      },
    ]);
  });

  it('is a miss and not an error once the backend has stopped', async () => {
    const { backend, cacheOf } = await startBackend({ store: 'redis', connection: sharedServerUrl('redis') }, [
      'catalog',
    ]);
    const cache = cacheOf('catalog');
    await cache.set('key', 1);

    await backend.stop();

    await expect(cache.get('key')).resolves.toBeUndefined();
    await expect(cache.set('key', 2)).resolves.toBeUndefined();
    await expect(cache.delete('key')).resolves.toBeUndefined();
  });

  it('lets a backend stop in time though its server is frozen', async () => {
    const server = await startRedis();
    cleanups.push(() => server.stop());
    const { backend, cacheOf } = await startBackend({ store: 'redis', connection: server.url }, ['catalog']);
    await cacheOf('catalog').set('key', 1);
    await server.freeze();

    const startedAtMs = performance.now();
    const pending = cacheOf('catalog').get('key');
    await backend.stop();
    await pending;

    expect(performance.now() - startedAtMs).toBeLessThan(3000);
  });
});

describe('the configuration', () => {
  it.each([
    [
      'an unknown store',
      { store: 'infinispan' },
      "Unknown cache store 'infinispan' in 'backend.cache': expected one of memcache, memory, redis, valkey.",
    ],
    ['a missing connection', { store: 'redis' }, "Missing configuration at 'backend.cache.connection'"],
    [
      'a default ttl that is no duration',
      { defaultTtl: 'hello' },
      "Invalid duration 'hello' in config at 'backend.cache.defaultTtl'",
    ],
    ['a default ttl of nothing', { defaultTtl: 0 }, "Invalid configuration at 'backend.cache.defaultTtl'"],
    [
      'a bound of memory that is none',
      { memory: { maxBytes: 0 } },
      "Invalid configuration at 'backend.cache.memory.maxBytes'",
    ],
  ])('fails the start for %s, with one clear message', async (_what, cache, message) => {
    await expect(startBackend(cache as JsonObject, ['catalog'])).rejects.toThrow(message);
  });

  it('warns of an option without effect', async () => {
    const log = recordLog();
    await startBackend({ useRedisSets: true, store: 'redis', connection: sharedServerUrl('redis') }, ['catalog'], {
      log,
    });
    expect(log.cacheLines()).toContainEqual({
      level: 'warn',
      message: "'backend.cache.useRedisSets' has no effect and can be removed",
    });
  });
});

describe('drivers given in code', () => {
  const acmeDriver: CacheDriverDefinition = {
    contractVersion: 1,
    store: 'acme',
    parseOptions: config => ({ url: config.getOptionalString('acme.url') }),
    create: (options, host) => memoryDriver.create(options as object, host),
  };

  it.each([
    ['store', { store: 'acme', acme: { url: 'acme://host' } }],
    ['driver, beside a store that the schema of Backstage knows', { store: 'memory', driver: 'acme' }],
  ])('are chosen by the name in %s', async (_key, cache) => {
    const parseOptions = jest.fn(() => ({}));
    const driver = { ...acmeDriver, parseOptions };
    const subject = await testerFor(cache, cacheServiceFactory({ drivers: [driver] })).getSubject('catalog');
    await subject.set('key', 1);
    expect(await subject.get('key')).toBe(1);
    expect(parseOptions).toHaveBeenCalledTimes(1);
  });

  it('are listed when the store is unknown', async () => {
    const tester = testerFor({ store: 'acem' }, cacheServiceFactory({ drivers: [acmeDriver] }));
    await expect(tester.getSubject('catalog')).rejects.toThrow('expected one of acme, memcache, memory, redis, valkey');
  });

  it('may not have the same name', async () => {
    const tester = testerFor({ store: 'acme' }, cacheServiceFactory({ drivers: [acmeDriver, acmeDriver] }));
    await expect(tester.getSubject('catalog')).rejects.toThrow("Two cache drivers are called 'acme'");
  });
});
