/** Core's test cache in place of `coreServices.cache`, used as plugins use the one of Backstage's test utilities. */
import { coreServices, createBackendPlugin, createServiceFactory } from '@backstage/backend-plugin-api';
import type { BackendFeature, CacheService } from '@backstage/backend-plugin-api';
import { mockServices, startTestBackend } from '@backstage/backend-test-utils';
import { extendCache } from '@greenroom/cache-core';
import { createTestCache } from '@greenroom/cache-core/testing';
import { cleanUp } from '@greenroom/test-servers/cleanUp';

/** Starts a plugin that caches what it loads. Returns its function to read the value. */
async function startPlugin(
  cacheFeature: BackendFeature,
  load: () => string,
): Promise<() => Promise<string | undefined>> {
  let find: (() => Promise<string | undefined>) | undefined;
  const plugin = createBackendPlugin({
    pluginId: 'example',
    register(env) {
      env.registerInit({
        deps: { cache: coreServices.cache },
        async init({ cache }) {
          const extended = extendCache(cache);
          find = () => extended.getOrSet('key', load, { ttl: { minutes: 5 } });
        },
      });
    },
  });
  const backend = await startTestBackend({ features: [plugin, cacheFeature] });
  cleanUp(() => backend.stop());
  if (!find) throw new Error('The plugin did not start');
  return find;
}

describe('a test cache in a backend', () => {
  const cache = createTestCache();

  it.each<[string, BackendFeature]>([
    ['by its own factory', cache.factory],
    ['by createServiceFactory', createServiceFactory({ service: coreServices.cache, deps: {}, factory: () => cache })],
  ])('replaces the cache of a plugin when provided %s', async (_how, feature) => {
    const load = jest.fn(() => 'loaded');
    const find = await startPlugin(feature, load);
    expect(await Promise.all([find(), find()])).toEqual(['loaded', 'loaded']);
    expect(cache.entries()).toEqual(new Map([['key', 'loaded']]));
    cache.fail();
    expect(await find()).toBe('loaded');
    await cache.recover();
    await cache.deleteMany(['key']);
    expect(await find()).toBe('loaded');
    expect(load).toHaveBeenCalledTimes(3);
    await cache.delete('key');
  });
});

it('mockServices.cache.mock spies on a test cache', async () => {
  const cache = createTestCache();
  const mock = mockServices.cache.mock(cache);
  const find = await startPlugin(mock.factory, () => 'loaded');
  expect(await find()).toBe('loaded');
  expect(await find()).toBe('loaded');
  expect(mock.set).toHaveBeenCalledWith('key', expect.anything(), { ttl: 300_000 });
  expect([...cache.entries().keys()]).toEqual(['key']);
  const plain: CacheService = mock.withOptions({ defaultTtl: 1000 });
  await plain.set('other', 1);
  expect(await cache.get('other')).toBe(1);
});
