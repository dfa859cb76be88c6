import { EventEmitter, once } from 'node:events';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { coreServices, createBackendPlugin } from '@backstage/backend-plugin-api';
import type { CacheService, LifecycleService } from '@backstage/backend-plugin-api';
import { mockServices, startTestBackend } from '@backstage/backend-test-utils';
import type { JsonObject } from '@backstage/types';
import { sharedServerUrl, startMemcached, startRedis, startValkey } from '@greenroom/test-servers';
import type { TestServer } from '@greenroom/test-servers';
import cacheServiceFactory from '../index';
import { withPatience } from '../testSupport/withPatience';

interface PluginServices {
  readonly cache: CacheService;
  readonly lifecycle: LifecycleService;
}
type Handler = (request: IncomingMessage, response: ServerResponse) => void;

/** Starts a backend with one plugin. `init` gets its services and may return a request handler. */
async function startBackend(cache: JsonObject, init: (services: PluginServices) => Handler | undefined) {
  const plugin = createBackendPlugin({
    pluginId: 'example',
    register(env) {
      env.registerInit({
        deps: { cache: coreServices.cache, lifecycle: coreServices.lifecycle, router: coreServices.httpRouter },
        async init({ router, ...services }) {
          const handler = init(services);
          if (handler) router.use(handler);
          router.addAuthPolicy({ path: '/', allow: 'unauthenticated' });
        },
      });
    },
  });
  const rootConfig = mockServices.rootConfig.factory({ data: { backend: { cache } } });
  const backend = await startTestBackend({ features: [cacheServiceFactory, plugin, rootConfig] });
  const request = (path: string) => fetch(`http://localhost:${backend.server.port()}/api/example/${path}`);
  return { backend, request };
}

const shared = [
  ['memory', { store: 'memory' }],
  ['redis', { store: 'redis', connection: sharedServerUrl('redis') }],
  ['valkey', { store: 'valkey', connection: sharedServerUrl('valkey') }],
  ['memcache', { store: 'memcache', connection: sharedServerUrl('memcached') }],
] as const;

describe.each(shared)('a backend that caches in %s and stops', (_store, config) => {
  it('lets plugins use their caches in their shutdown hooks', async () => {
    const key = `key-${Math.random()}`;
    const found: unknown[] = [];
    const { backend } = await startBackend(withPatience(config), ({ cache, lifecycle }) => {
      lifecycle.addShutdownHook(async () => {
        await cache.set(key, 'written while stopping', { ttl: 60_000 });
        found.push(await cache.get(key));
      });
      return undefined;
    });

    await backend.stop();

    expect(found).toEqual(['written while stopping']);
  });

  it('answers a running request after the cache is closed: gets miss and writes resolve', async () => {
    const key = `key-${Math.random()}`;
    const requests = new EventEmitter();
    const { backend, request } = await startBackend(withPatience(config), ({ cache }) => async (_request, response) => {
      await cache.set(key, 'there', { ttl: 60_000 });
      const foundBefore = await cache.get(key);
      requests.emit('running');
      // The HTTP server drains while the cache closes, so the request continues with a closed cache.
      while ((await cache.get(key)) !== undefined) await new Promise(setImmediate);
      await cache.set(key, 'too late');
      await cache.delete(key);
      response.setHeader('connection', 'close');
      response.end(JSON.stringify({ foundBefore, foundAfter: (await cache.get(key)) ?? 'a miss' }));
    });
    const running = once(requests, 'running');
    const answer = request('slow');
    await running;

    await Promise.all([backend.stop(), answer]);

    const response = await answer;
    expect(response.status).toBe(200);
    expect(await response.json()).toEqual({ foundBefore: 'there', foundAfter: 'a miss' });
  });
});

const frozen: readonly [string, () => Promise<TestServer>, (url: string) => JsonObject][] = [
  ['redis', () => startRedis(), connection => ({ store: 'redis', connection })],
  ['valkey', () => startValkey(), connection => ({ store: 'valkey', connection })],
  ['memcache', () => startMemcached(), connection => ({ store: 'memcache', connection })],
];

describe.each(frozen)('a backend whose %s server is frozen', (_store, startServer, configFor) => {
  it.each(['before the backend starts', 'while it is used'])(
    'stops within 3 seconds when the server freezes %s',
    async when => {
      const server = await startServer();
      if (when === 'before the backend starts') await server.freeze();
      const caches: CacheService[] = [];
      const { backend } = await startBackend(configFor(server.url), ({ cache }) => void caches.push(cache));
      if (when === 'while it is used') {
        for (const cache of caches) await cache.set('key', 1);
        await server.freeze();
      }
      const pending = caches.flatMap(cache => Array.from({ length: 100 }, (_, index) => cache.get(`key-${index}`)));

      const startedAtMs = performance.now();
      await backend.stop();
      const stoppedAfterMs = performance.now() - startedAtMs;
      await Promise.all(pending);
      await server.stop();

      expect(stoppedAfterMs).toBeLessThan(3000);
    },
  );
});
