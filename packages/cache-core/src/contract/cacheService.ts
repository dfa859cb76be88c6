import type { HumanDuration } from './duration';
import type { JsonValue } from './jsonValue';

/** Options of {@link CacheService.withOptions}. */
export interface CacheServiceOptions {
  /**
   * Life of every entry that is set without a ttl of its own: milliseconds above 0, or a duration object.
   *
   * @defaultValue the one before; without any, entries do not expire
   */
  defaultTtl?: number | HumanDuration;
}

/** Options of {@link CacheService.set}. */
export interface CacheServiceSetOptions {
  /**
   * Life of this entry: milliseconds, or a duration object. Fractions round up. 0 or less means already expired:
   * nothing is stored and the old value goes. `Infinity` means no expiry.
   *
   * @defaultValue the `defaultTtl`
   */
  ttl?: number | HumanDuration;
}

/**
 * The cache that a plugin sees, its keys apart from those of every other plugin. Structurally the `CacheService` of
 * `@backstage/backend-plugin-api`.
 */
export interface CacheService {
  /**
   * Returns a copy of the value last set under the key, or `undefined` when it is absent, expired, or the store cannot
   * answer. `null` is a value. Rejects only with CACHE_INVALID_KEY, when the key is not a string.
   */
  get<TValue extends JsonValue>(key: string): Promise<TValue | undefined>;

  /**
   * Replaces value and expiry. Resolves also when the store cannot be reached. Rejects with CACHE_INVALID_KEY,
   * CACHE_INVALID_VALUE or CACHE_INVALID_TTL, before anything is sent.
   */
  set(key: string, value: JsonValue, options?: CacheServiceSetOptions): Promise<void>;

  /**
   * Removes the entry; an absent one is not an error. Resolves also when the store cannot be reached. Rejects only with
   * CACHE_INVALID_KEY.
   */
  delete(key: string): Promise<void>;

  /**
   * Returns a cache over the same entries with other options; this one stays as it is. Opens no connection. Throws
   * CACHE_CONFIG when `defaultTtl` is not a duration above 0.
   */
  withOptions(options: CacheServiceOptions): CacheService;
}
