import { createServiceRef } from '@backstage/backend-plugin-api';
import type { ServiceRef } from '@backstage/backend-plugin-api';
import type { CacheDriverDefinition } from '@greenroom/cache-core';

/**
 * Drivers that packages add to the backend, each for the store that it names. Any number can be added, before or after the cache service.
 * {@link createCacheDriverFeature} makes the feature that adds one.
 */
export const cacheDriverServiceRef: ServiceRef<CacheDriverDefinition, 'root', 'multiton'> = createServiceRef({
  id: 'greenroom.cache.driver',
  scope: 'root',
  multiton: true,
});
