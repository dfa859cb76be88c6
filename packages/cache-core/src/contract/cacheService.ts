import type { HumanDuration } from './duration';
import type { JsonValue } from './jsonValue';

/** Options of {@link CacheService.withOptions}. */
export interface CacheServiceOptions {
  /**
   * Ttl of every entry that is set without one: milliseconds above 0, or a duration object.
   *
   * @defaultValue the `defaultTtl` of the cache that `withOptions` is called on; without one, entries do not expire
   */
  defaultTtl?: number | HumanDuration;
}

/** Options of {@link CacheService.set}. */
export interface CacheServiceSetOptions {
  /**
   * Ttl of this entry: milliseconds, or a duration object. Fractions round up. 0 or less means already expired: nothing is
   * stored and the old value is removed. `Infinity` means no expiry.
   *
   * @defaultValue the `defaultTtl` of the cache
   */
  ttl?: number | HumanDuration;
}

/**
 * The cache of one plugin. Its keys are separate from those of every other plugin. Structurally the `CacheService` of
 * `@backstage/backend-plugin-api`.
 */
export interface CacheService {
  /**
   * Returns a copy of the value last set under the key, or `undefined` when it is absent or expired, or the store cannot
   * answer. `null` is a value. Rejects only with CACHE_INVALID_KEY, when the key is not a string.
   */
  get<TValue extends JsonValue>(key: string): Promise<TValue | undefined>;

  /**
   * Replaces value and expiry. Also resolves when the store cannot be reached. Rejects only with CACHE_INVALID_KEY,
   * CACHE_INVALID_VALUE or CACHE_INVALID_TTL, before anything is sent.
   */
  set(key: string, value: JsonValue, options?: CacheServiceSetOptions): Promise<void>;

  /**
   * Removes the entry; an absent one is not an error. Also resolves when the store cannot be reached. Rejects only with
   * CACHE_INVALID_KEY.
   */
  delete(key: string): Promise<void>;

  /**
   * Returns a cache over the same entries with other options; this one does not change. Opens no connection. Throws
   * CACHE_CONFIG when `defaultTtl` is not a duration above 0.
   */
  withOptions(options: CacheServiceOptions): CacheService;
}
