import type { CacheError } from './cacheError';
import type { JsonValue } from './jsonValue';

/**
 * A section of the configuration, read as Backstage reads it. Keys may be paths such as `client.namespace`. Numbers and booleans
 * may be text, since substituted environment variables are. `null` counts as absent. A value of the wrong type throws
 * CACHE_CONFIG, whose message names the path and does not show the value, except short durations.
 */
export interface ConfigSource {
  /** Path of this section, such as `backend.cache`. */
  readonly path: string;
  /** Names of the options and sections directly in this section; empty when it is absent. */
  keys(): string[];
  /** The value as it is, or `undefined` when absent. Everything inside an object or a list counts as read. */
  getOptional(key: string): JsonValue | undefined;
  /** Whether there is an object under the key, for an option that can also be something else. Does not count as reading. */
  hasSection(key: string): boolean;
  /** The section under the key, or `undefined` when absent. */
  getOptionalSection(key: string): ConfigSource | undefined;
  /** The list of sections under the key, or `undefined` when absent. Their paths end in `[0]`, `[1]` and so on. */
  getOptionalSections(key: string): ConfigSource[] | undefined;
  /** A text, which may be empty, or `undefined` when absent. */
  getOptionalString(key: string): string | undefined;
  /** A boolean, or `undefined` when absent. Also reads `yes`, `on`, `1`, `no`, `off` and `0`, in any case. */
  getOptionalBoolean(key: string): boolean | undefined;
  /** A whole number from `minimum` to 2^53 - 1, or `undefined` when absent. */
  getOptionalInteger(key: string, minimum: number): number | undefined;
  /**
   * A duration above 0 in ms, or `undefined` when absent. Reads a number of ms, a duration object, or text such as `1h` or
   * `PT1H`.
   */
  getOptionalDurationMs(key: string): number | undefined;
  /** Returns the CACHE_CONFIG error for an option with a wrong value, for the caller to throw. */
  invalid(key: string, expected: string): CacheError;
  /** Warns the operator about an option that is accepted but has no effect, or an unexpected one. `text` follows the path. */
  warn(key: string, text: string): void;
}
