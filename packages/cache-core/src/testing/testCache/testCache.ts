import type { CacheServiceOptions } from '../../contract/cacheService';
import type { ExtendedCache } from '../../contract/extendedCache';
import type { JsonValue } from '../../contract/jsonValue';
import type { CacheServiceFeature } from './cacheServiceFeature';

/**
 * A plugin's cache for its tests: Greenroom's own over a map, with a store that a test can make unavailable. Fake timers of any test runner
 * control its time. `fail`, `stall` and `recover` also affect namespaces and caches of `withOptions`.
 */
export interface TestCache extends ExtendedCache {
  /** The store goes away: reads find nothing and writes are not made, both at once. */
  fail(): void;

  /**
   * The store stops answering: reads find nothing, and writes are not made, each after 500 ms. After five operations in a row without an
   * answer the store counts as away, and operations no longer wait for it.
   */
  stall(): void;

  /**
   * The store works again. Operations that still wait are answered. A key whose write was not made has no value, not the old one. Resolves
   * when reads and writes are sent to the store again.
   */
  recover(): Promise<void>;

  /**
   * Copies of the values in the store, by key, in the order in which the keys were first written. Expired entries are left out, stale ones
   * are included. Entries of a namespace are only in the `entries` of that namespace.
   */
  entries(): Map<string, JsonValue>;

  /** Makes a backend give this cache to its plugins. To be used as one of the `features` of `startTestBackend`. */
  readonly factory: CacheServiceFeature;

  /** As {@link ExtendedCache.namespace}, with the entries of the namespace. */
  namespace(name: string): TestCache;

  /** As {@link ExtendedCache.withOptions}. */
  withOptions(options: CacheServiceOptions): TestCache;
}
