import type { HumanDuration } from './duration';
import type { PluginNearCacheOptions } from './nearCacheOptions';

/** What an operator sets for one plugin. */
export interface PluginPolicy {
  /** Without it every read of the plugin is a miss, and its writes are not sent. @defaultValue true */
  readonly enabled?: boolean;
  /**
   * Life of entries that the plugin sets without a ttl: ms above 0, or a duration object. `withOptions` wins over it.
   *
   * @defaultValue the `defaultTtl` of the manager
   */
  readonly defaultTtl?: number | HumanDuration;
  /**
   * Longest life of an entry, stale life included: ms above 0, or a duration object. A longer one, or none, becomes this one.
   *
   * @defaultValue the `maxTtl` of the manager
   */
  readonly maxTtl?: number | HumanDuration;
  /**
   * Most bytes of the JSON of a value, in UTF-8, at least 1. A larger one is not stored: the write resolves, the old value is
   * removed, and the observer is told CACHE_TOO_LARGE.
   *
   * @defaultValue what the store takes
   */
  readonly maxValueBytes?: number;
  /** Whether values are encrypted; needs the `encryptionKeys` of the manager. @defaultValue false */
  readonly encrypt?: boolean;
  /**
   * Near cache of the plugin, which answers a read from this process when the store was asked for the key less than `maxStaleness` ago: ms
   * above 0, or a duration object. `true`, and an object without it, take that of the manager. Has no effect on a store in the process.
   *
   * @defaultValue the `near` of the manager
   */
  readonly near?: boolean | PluginNearCacheOptions;
}
