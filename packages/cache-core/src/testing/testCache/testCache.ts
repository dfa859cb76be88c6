import type { CacheServiceOptions } from '../../contract/cacheService';
import type { ExtendedCache } from '../../contract/extendedCache';
import type { JsonValue } from '../../contract/jsonValue';
import type { CacheServiceFeature } from './cacheServiceFeature';

/**
 * The cache of a plugin for its tests: that of Greenroom over a map, with a store that is away when a test wants it. Fake timers of
 * any test runner move its time. `fail`, `stall` and `recover` concern namespaces and caches of `withOptions`, too.
 */
export interface TestCache extends ExtendedCache {
  /** The store goes away: at once, reads find nothing and writes are not made. */
  fail(): void;

  /**
   * The store stops answering: reads find nothing, and writes are not made, after 500 ms each. When five in a row have not been
   * answered, the store counts as away, and nobody waits for it any more.
   */
  stall(): void;

  /**
   * The store works again. What still waits is answered; keys whose write was not made have no value, not the old one. Resolves when
   * reads and writes are sent to the store again.
   */
  recover(): Promise<void>;

  /**
   * The values in the store by key, in the order in which their keys were first written: copies, of entries that have not expired, stale
   * ones included. Those of a namespace are in the `entries` of that namespace alone.
   */
  entries(): Map<string, JsonValue>;

  /** Makes a backend give this cache to its plugins: one of the `features` of `startTestBackend`. */
  readonly factory: CacheServiceFeature;

  /** As {@link ExtendedCache.namespace}, with the entries of the namespace. */
  namespace(name: string): TestCache;

  /** As {@link ExtendedCache.withOptions}. */
  withOptions(options: CacheServiceOptions): TestCache;
}
