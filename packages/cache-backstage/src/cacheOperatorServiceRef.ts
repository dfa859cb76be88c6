import { createServiceFactory, createServiceRef } from '@backstage/backend-plugin-api';
import type { ServiceRef } from '@backstage/backend-plugin-api';
import { backendCacheServiceRef } from './backendCacheServiceRef';
import type { CacheOperatorService } from './operator/cacheOperatorService';
import { createOperatorService } from './operator/createOperatorService';

/**
 * What an operator can ask and do: state, figures for each plugin, entries, clear. There is nothing to add to a backend besides
 * the cache service itself. Its methods throw CACHE_UNSUPPORTED in a backend with another cache service.
 */
export const cacheOperatorServiceRef: ServiceRef<CacheOperatorService, 'root', 'singleton'> = createServiceRef({
  id: 'greenroom.cache',
  scope: 'root',
  defaultFactory: async service =>
    createServiceFactory({
      service,
      deps: { cache: backendCacheServiceRef },
      factory: ({ cache }) => createOperatorService(() => cache.opened()),
    }),
});
