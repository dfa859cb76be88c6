import { CacheError } from '../contract/cacheError';
import type { CacheService } from '../contract/cacheService';
import type { ExtendedCache } from '../contract/extendedCache';
import { createExtendedCache, extendedCacheKey } from './extendedCache';
import { createFlights } from './flights';
import { createForeignStore } from './foreignStore';
import { createKeyedWrites } from './keyedWrites';

/** A cache that has been extended. The method is given the cache, as an object may inherit it from another cache. */
interface Extendable {
  [extendedCacheKey]?(cache: CacheService): ExtendedCache | undefined;
}

/**
 * Adds `getOrSet`, `getMany`, `namespace` and others to a cache service of any kind. An extended cache is returned as it is, and a
 * cache has one extended cache: loads are shared by all that extend the same object. Throws CACHE_CONFIG for what is no cache service.
 */
export function extendCache(cache: CacheService): ExtendedCache {
  assertCache(cache);
  const extendable: CacheService & Extendable = cache;
  return extendable[extendedCacheKey]?.(cache) ?? extendForeign(cache);
}

/** For what would otherwise be a miss at every call, such as the reference of a service. */
function assertCache(cache: unknown): void {
  const members = ['get', 'set', 'delete'] as const;
  const isCache = typeof cache === 'object' && cache !== null;
  if (isCache && members.every(member => typeof (cache as Partial<CacheService>)[member] === 'function')) return;
  throw new CacheError('CACHE_CONFIG', 'Invalid cache: expected a CacheService, with the methods get, set and delete');
}

function extendForeign(cache: CacheService): ExtendedCache {
  const extended = createExtendedCache(createForeignStore(cache, createKeyedWrites()), createFlights(), undefined);
  const find: NonNullable<Extendable[typeof extendedCacheKey]> = asked => (asked === cache ? extended : undefined);
  // A frozen cache is extended anew each time.
  if (Object.isExtensible(cache)) Object.defineProperty(cache, extendedCacheKey, { value: find });
  return extended;
}
