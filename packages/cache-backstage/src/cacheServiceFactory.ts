import { coreServices, createServiceFactory } from '@backstage/backend-plugin-api';
import type { CacheService, ServiceFactory } from '@backstage/backend-plugin-api';
import { CacheError } from '@greenroom/cache-core';
import type { CacheDriverDefinition } from '@greenroom/cache-core';
import { backendCacheServiceRef } from './backendCacheServiceRef';

/** Options of {@link cacheServiceFactory} in code; everything else is configuration. */
export interface CacheServiceFactoryOptions {
  /**
   * Drivers besides those of Greenroom and those that packages add. `backend.cache.store` or `backend.cache.driver`
   * chooses one by its name. A driver with the name of a store of Greenroom replaces that store.
   *
   * @defaultValue none
   */
  readonly drivers?: readonly CacheDriverDefinition[];
}

/** A service factory for `backend.add`, which can also be called with options to get another one. */
export type CacheServiceFactory = ServiceFactory<CacheService, 'plugin', 'singleton'> &
  ((options?: CacheServiceFactoryOptions) => ServiceFactory<CacheService, 'plugin', 'singleton'>);

/**
 * Provides `coreServices.cache`, backed by the store that `backend.cache` names. All plugins share one driver. The backend
 * starts even when the server is down. A wrong configuration fails the start with CACHE_CONFIG, a missing driver package
 * with CACHE_DRIVER_MISSING.
 */
export const cacheServiceFactory: CacheServiceFactory = Object.assign(
  (options?: CacheServiceFactoryOptions) => createFactory(options),
  createFactory(),
);

function createFactory({ drivers = [] }: CacheServiceFactoryOptions = {}) {
  const given: unknown = drivers;
  if (!Array.isArray(given)) {
    throw new CacheError('CACHE_CONFIG', "Invalid option 'drivers' of cacheServiceFactory: expected a list of drivers");
  }
  return createServiceFactory({
    service: coreServices.cache,
    // Before the plugins: operators may ask for the state of a cache that no plugin has used yet.
    initialization: 'always',
    deps: { plugin: coreServices.pluginMetadata, cache: backendCacheServiceRef },
    // This throws here and not in the root service: a dependency that rejects is an unhandled rejection, besides the failure of the plugin.
    createRootContext: ({ cache }) => cache.open(drivers),
    factory: ({ plugin }, cache) => cache.forPlugin(plugin.getId()),
  });
}
