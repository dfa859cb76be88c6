import type { CacheService } from '../../contract/cacheService';

/** A `BackendFeature` of `@backstage/backend-plugin-api`. */
export interface CacheServiceFeature {
  /** By this, backends know features. */
  readonly $$type: '@backstage/BackendFeature';
}

/**
 * Provides the cache as `coreServices.cache`. Written out, since this package imports nothing of Backstage: it is what version 1 of
 * `createServiceFactory` returns, the form in which backends take features of other versions of that package.
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
