import { createServiceFactory } from '@backstage/backend-plugin-api';
import type { ServiceFactory } from '@backstage/backend-plugin-api';
import type { CacheDriverDefinition } from '@greenroom/cache-core';
import { cacheDriverServiceRef } from './cacheDriverServiceRef';

/**
 * Makes the backend feature of a driver, which the package of that driver exports as its default.
 * `backend.cache.store` or `backend.cache.driver` chooses the driver by its name. A driver with the name of a store of
 * Greenroom replaces that store.
 */
export function createCacheDriverFeature(
  driver: CacheDriverDefinition,
): ServiceFactory<CacheDriverDefinition, 'root', 'multiton'> {
  return createServiceFactory({ service: cacheDriverServiceRef, deps: {}, factory: () => driver });
}
