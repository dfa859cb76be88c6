import { createServiceRef } from '@backstage/backend-plugin-api';
import type { ServiceRef } from '@backstage/backend-plugin-api';
import type { CacheDriverDefinition } from '@greenroom/cache-core';

/**
 * Drivers that packages bring along, each for the store that it names. Any number can be added to a backend, before or
 * after the cache service; {@link createCacheDriverFeature} makes what is to be added.
 */
export const cacheDriverServiceRef: ServiceRef<CacheDriverDefinition, 'root', 'multiton'> = createServiceRef({
  id: 'greenroom.cache.driver',
  scope: 'root',
  multiton: true,
});
