import { CacheError } from '../contract/cacheError';
import type { CacheService } from '../contract/cacheService';
import type { ExtendedCache } from '../contract/extendedCache';
import { createExtendedCache, extendedCacheKey } from './extendedCache';
import { createFlights } from './flights';
import { createForeignStore } from './foreignStore';
import { createKeyedWrites } from './keyedWrites';

/**
 * A cache that may have been extended. Its method gets the cache as an argument, as an object may inherit the method from another cache.
 */
interface Extendable {
  [extendedCacheKey]?(cache: CacheService): ExtendedCache | undefined;
}

/**
 * Adds `getOrSet`, `getMany`, `namespace` and others to a cache service of any kind. An extended cache is returned as it is. All callers
 * that extend the same object share its loads. Throws CACHE_CONFIG when `cache` is not a cache service.
 */
export function extendCache(cache: CacheService): ExtendedCache {
  assertCache(cache);
  const extendable: CacheService & Extendable = cache;
  return extendable[extendedCacheKey]?.(cache) ?? extendForeign(cache);
}

/** Detects a wrong argument, such as the reference of a service, which would otherwise be a miss at every call. */
function assertCache(cache: unknown): void {
  const members = ['get', 'set', 'delete'] as const;
  const isCache = typeof cache === 'object' && cache !== null;
  if (isCache && members.every(member => typeof (cache as Partial<CacheService>)[member] === 'function')) return;
  throw new CacheError('CACHE_CONFIG', 'Invalid cache: expected a CacheService, with the methods get, set and delete');
}

function extendForeign(cache: CacheService): ExtendedCache {
  const extended = createExtendedCache(createForeignStore(cache, createKeyedWrites()), createFlights(), undefined);
  const find: NonNullable<Extendable[typeof extendedCacheKey]> = asked => (asked === cache ? extended : undefined);
  // The extended cache cannot be attached to a frozen cache, which is therefore extended again at each call.
  if (Object.isExtensible(cache)) Object.defineProperty(cache, extendedCacheKey, { value: find });
  return extended;
}
