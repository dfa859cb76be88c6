import type { CacheError } from './cacheError';
import type { JsonValue } from './jsonValue';

/**
 * A section of the configuration, read the way Backstage reads its own: keys may be paths such as `client.namespace`,
 * numbers and booleans may be text, as they are when an environment variable is substituted. `null` is absent. What has
 * another type throws CACHE_CONFIG that names the path and, short durations apart, does not show the value.
 */
export interface ConfigSource {
  /** Path of this section, such as `backend.cache`. */
  readonly path: string;
  /** Names of what is directly in this section. */
  keys(): string[];
  /** The value as it is, or `undefined`. What is inside an object or a list counts as read. */
  getOptional(key: string): JsonValue | undefined;
  /** Whether there is an object under a key, for an option that may be something else as well. */
  hasSection(key: string): boolean;
  /** The section under a key. */
  getOptionalSection(key: string): ConfigSource | undefined;
  /** The sections in a list, whose paths end in `[0]`, `[1]` ... */
  getOptionalSections(key: string): ConfigSource[] | undefined;
  getOptionalString(key: string): string | undefined;
  getOptionalBoolean(key: string): boolean | undefined;
  /** A whole number of at least `minimum`. */
  getOptionalInteger(key: string, minimum: number): number | undefined;
  /** A span of time above 0 in ms: a number of ms, a duration object, or text such as `1h` or `PT1H`. */
  getOptionalDurationMs(key: string): number | undefined;
  /** The error for an option that has a wrong value: throw what this returns. */
  invalid(key: string, expected: string): CacheError;
  /** Tells the operator of an option that is accepted and has no effect, or not the expected one. */
  warn(key: string, text: string): void;
}
