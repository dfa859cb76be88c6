import type { HumanDuration } from './duration';
import type { PluginNearCacheOptions } from './nearCacheOptions';

/** What an operator sets for one plugin. */
export interface PluginPolicy {
  /** Whether the plugin has a cache. If not, every read is a miss and writes are not sent. @defaultValue true */
  readonly enabled?: boolean;
  /**
   * Ttl of entries that the plugin sets without one: ms above 0, or a duration object. `withOptions` takes precedence.
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
   * Maximum size of a value: bytes of its JSON in UTF-8, at least 1. A larger value is not stored: the write resolves, the old value is
   * removed, and the observer is told CACHE_TOO_LARGE.
   *
   * @defaultValue what the store takes
   */
  readonly maxValueBytes?: number;
  /** Whether values are encrypted; needs the `encryptionKeys` of the manager. @defaultValue false */
  readonly encrypt?: boolean;
  /**
   * Near cache of the plugin. It answers a read from this process when the store was asked for the key less than `maxStaleness` ago (ms
   * above 0, or a duration object). `true`, and an object without `maxStaleness`, use the `maxStaleness` of the manager. Has no effect on a
   * store in the process.
   *
   * @defaultValue the `near` of the manager
   */
  readonly near?: boolean | PluginNearCacheOptions;
}
