import type { CacheService } from '../../contract/cacheService';

/** A `BackendFeature` of `@backstage/backend-plugin-api`. */
export interface CacheServiceFeature {
  /** Backends recognize features by this. */
  readonly $$type: '@backstage/BackendFeature';
}

/**
 * Provides the cache as `coreServices.cache`. The feature is written out, because this package imports nothing of Backstage. It is what
 * version 1 of `createServiceFactory` returns, the form that backends accept from other versions of that package.
 */
export function toCacheServiceFeature(cache: CacheService): CacheServiceFeature {
  const feature = {
    $$type: '@backstage/BackendFeature',
    version: 'v1',
    featureType: 'service',
    service: { $$type: '@backstage/ServiceRef', id: 'core.cache', scope: 'plugin', multiton: false },
    deps: {},
    factory: async () => cache,
  } as const;
  return feature;
}
