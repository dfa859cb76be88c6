import type { HumanDuration } from './duration';

export const DEFAULT_MAX_STALENESS_MS = 2000;
export const MIN_NEAR_BYTES = 65_536;
export const DEFAULT_NEAR_BYTES = 16_777_216;

/** Near caches of all plugins. */
export interface NearCacheOptions {
  /** Whether plugins without a `near` policy of their own have a near cache. @defaultValue true */
  readonly enabled?: boolean;
  /** Longest time that a read may be behind the store: ms above 0, or a duration object. @defaultValue 2,000 ms */
  readonly maxStaleness?: number | HumanDuration;
  /**
   * Memory for the copies of all plugins together, those of frozen reads included: bytes, at least 65,536.
   *
   * @defaultValue 16 MiB
   */
  readonly maxBytes?: number;
}

/** Near cache of one plugin. */
export type PluginNearCacheOptions = Pick<NearCacheOptions, 'maxStaleness'>;
