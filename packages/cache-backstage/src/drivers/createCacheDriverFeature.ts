import { createServiceFactory } from '@backstage/backend-plugin-api';
import type { ServiceFactory } from '@backstage/backend-plugin-api';
import type { CacheDriverDefinition } from '@greenroom/cache-core';
import { cacheDriverServiceRef } from './cacheDriverServiceRef';

/**
 * Makes the backend feature of a driver, for the package of that driver to export as its default. The store is then
 * chosen by `backend.cache.store` or `backend.cache.driver`. A driver that is called like a store of Greenroom takes its
 * place.
 */
export function createCacheDriverFeature(
  driver: CacheDriverDefinition,
): ServiceFactory<CacheDriverDefinition, 'root', 'multiton'> {
  return createServiceFactory({ service: cacheDriverServiceRef, deps: {}, factory: () => driver });
}
