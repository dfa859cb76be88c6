import type { Awaitable } from '../../contract/awaitable';
import type { CacheService } from '../../contract/cacheService';

/** A cache whose extended form is to be tested. */
export interface ExtendedTarget {
  /** Returns the cache of a plugin that no other case uses. */
  open(): Awaitable<CacheService>;
  /**
   * Returns the caches of one plugin in two processes, which share only a store. No other case uses the plugin.
   *
   * @defaultValue processes do not share a store, or `acrossProcesses` has no effect
   */
  openTwo?(): Awaitable<readonly [CacheService, CacheService]>;
  /** Why the cache cannot clear. @defaultValue it can */
  readonly lacksClear?: string;
}

/** A test of one promise of an extended cache. */
export interface ExtendedCase {
  /** The promise, as a sentence. */
  readonly name: string;
  /** Rejects when the promise is broken. */
  run(target: ExtendedTarget): Promise<void>;
}
