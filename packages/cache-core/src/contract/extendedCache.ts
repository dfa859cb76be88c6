import type { Awaitable } from './awaitable';
import type { CacheService, CacheServiceOptions } from './cacheService';
import type { DeepReadonly } from './deepReadonly';
import type { HumanDuration } from './duration';
import type { JsonValue } from './jsonValue';

/** A ttl: milliseconds, a duration object, or a text such as `5m`, `30 seconds` or `PT5M`. */
export type Ttl = number | HumanDuration | string;

/**
 * A schema that checks values read from the cache: one of Zod, Valibot, ArkType or another library that follows the Standard Schema
 * specification, https://standardschema.dev.
 */
export interface ValueSchema {
  /** The part of the specification that is used. */
  readonly '~standard': {
    /** Version of the specification. */
    readonly version: 1;
    /** Returns `issues`, or resolves with them, when the value has another shape. Its output is not used. */
    readonly validate: (value: unknown) => Awaitable<{ readonly issues?: readonly unknown[] | undefined }>;
  };
}

/** What a load may do, and what it is told. Its functions need no `this`. */
export interface LoadContext {
  /** Fires when no caller waits for the load any longer, and at `hardTimeout`. */
  readonly signal: AbortSignal;
  /** A copy of the value that the load replaces, and its meta; absent when there is no such value. */
  readonly stale?: { readonly value: JsonValue; readonly meta?: JsonValue };
  /**
   * Replaces `ttl`, and the value is never served stale: for a value that knows its own expiry. 0 or less: the value is not stored,
   * and the old one is removed. Throws CACHE_INVALID_TTL.
   */
  readonly setTtl: (ttl: Ttl) => void;
  /** Stores something with the value, such as an ETag, for `stale.meta` of later loads. Throws CACHE_INVALID_VALUE. */
  readonly setMeta: (meta: JsonValue) => void;
  /** Ends the load with the stale value, which is stored again. Throws CACHE_INVALID_VALUE when there is none. */
  readonly keepStale: () => never;
  /** Stores and removes nothing, whatever the load returns. */
  readonly skip: () => undefined;
}

/** Options of `get` and `getMany` of an {@link ExtendedCache}. `Frozen`: what `frozen` may be. */
export interface ReadOptions<Frozen extends boolean = false> {
  /**
   * Returns a deeply frozen value instead of a copy, for callers that do not change it. The value is shared, and is returned again without
   * decoding as long as the store returns the same text. A cache that is not Greenroom's returns a new frozen value each time.
   *
   * @defaultValue false: a copy
   */
  readonly frozen?: Frozen | undefined;
}

/** Options of `getOrSet` and `getOrSetMany` of an {@link ExtendedCache}. `Frozen`: what `frozen` may be. */
export interface GetOrSetOptions<Frozen extends boolean = false> extends ReadOptions<Frozen> {
  /**
   * How long the value is fresh. 0 or less: nothing is stored and the old value is removed. `Infinity`: no expiry.
   *
   * @defaultValue the `defaultTtl` of the cache
   */
  readonly ttl?: Ttl | undefined;
  /**
   * Age, counted from the write, up to which the value is served while it is loaded again, or when that load fails. Has no effect unless it
   * is longer than `ttl`.
   *
   * @defaultValue `ttl`: a value that is not fresh is not served
   */
  readonly staleTtl?: Ttl | undefined;
  /** How long `null` is fresh; it is never served stale. @defaultValue `ttl` */
  readonly negativeTtl?: Ttl | undefined;
  /** How long a caller waits for a fresh value when there is a stale one. 0 or more. @defaultValue 0 */
  readonly softTimeout?: Ttl | undefined;
  /** How long a load may take, above 0. After that it fails with CACHE_LOAD_TIMEOUT, and a late result is dropped. @defaultValue none */
  readonly hardTimeout?: Ttl | undefined;
  /** Shortens `ttl` at random by up to this share of it, 0 to 1, so that many values do not expire at once. @defaultValue 0 */
  readonly jitter?: number | undefined;
  /** Loads even if the cache has a fresh value, and rejects when the load fails. @defaultValue false */
  readonly forceFresh?: boolean | undefined;
  /** Ends the wait of this caller, which rejects with `signal.reason`. @defaultValue none */
  readonly signal?: AbortSignal | undefined;
  /**
   * Whether processes that use the same store wait for each other's load of a key, for at most `hardTimeout` and at most 10 s; after that a
   * waiting process loads itself. This is advice: a process whose load takes longer is not stopped. A caller that has a stale value does
   * not wait, and nobody waits while the store is away. Has no effect on a cache that is not Greenroom's.
   *
   * @defaultValue false
   */
  readonly acrossProcesses?: boolean | undefined;
  /**
   * A schema for values in the cache: a value that it does not accept is a miss. It may be asynchronous; every hit then waits for it. When
   * it throws, the call rejects with that error. Its output is not used, and what a load returns is not checked.
   *
   * @defaultValue every value is accepted
   */
  readonly check?: ValueSchema | undefined;
}

/** Options of {@link ExtendedCache.set} and {@link ExtendedCache.setMany}. */
export interface ExtendedSetOptions {
  /** As the `ttl` of {@link CacheService.set}; it may also be a text. @defaultValue the `defaultTtl` of the cache */
  readonly ttl?: Ttl | undefined;
}

/** A {@link CacheService} with the functions that plugins otherwise write by hand on top of it. */
export interface ExtendedCache extends CacheService {
  /**
   * Returns the value under the key, or loads and stores it. Callers that ask for the key during the load share it, and each gets a copy of
   * the value. The options of the first caller apply to the load; `softTimeout` and `signal` to each caller on its own. What a load returns is not
   * stored when the key was set or deleted meanwhile, or when it is `undefined`. Rejects with the error of the load, `signal.reason`,
   * CACHE_LOAD_TIMEOUT, CACHE_INVALID_KEY, CACHE_INVALID_VALUE, CACHE_INVALID_TTL or CACHE_CONFIG.
   *
   * A load that calls `getOrSet` for its own key waits for itself, until `hardTimeout`.
   */
  getOrSet<T extends JsonValue>(
    key: string,
    load: (context: LoadContext) => Awaitable<T>,
    options?: GetOrSetOptions,
  ): Promise<T>;

  /** For a load that may return no value; the result is `undefined` then. */
  getOrSet<T extends JsonValue>(
    key: string,
    load: (context: LoadContext) => Awaitable<T | undefined>,
    options?: GetOrSetOptions,
  ): Promise<T | undefined>;

  /** With a frozen result. */
  getOrSet<T extends JsonValue>(
    key: string,
    load: (context: LoadContext) => Awaitable<T>,
    options: GetOrSetOptions<boolean>,
  ): Promise<DeepReadonly<T>>;

  /** For a load that may return no value, with a frozen result. */
  getOrSet<T extends JsonValue>(
    key: string,
    load: (context: LoadContext) => Awaitable<T | undefined>,
    options: GetOrSetOptions<boolean>,
  ): Promise<DeepReadonly<T> | undefined>;

  /**
   * Like `getOrSet` for many keys, with one load for all that are missing or stale. The load returns a map: a key that the map lacks is
   * absent from the result, and a key that the load was not asked for is ignored. The result is in the order of `keys`.
   */
  getOrSetMany<T extends JsonValue>(
    keys: readonly string[],
    load: (missing: readonly string[], context: { readonly signal: AbortSignal }) => Awaitable<ReadonlyMap<string, T>>,
    options?: GetOrSetOptions,
  ): Promise<Map<string, T>>;

  /** With frozen values. */
  getOrSetMany<T extends JsonValue>(
    keys: readonly string[],
    load: (missing: readonly string[], context: { readonly signal: AbortSignal }) => Awaitable<ReadonlyMap<string, T>>,
    options: GetOrSetOptions<boolean>,
  ): Promise<Map<string, DeepReadonly<T>>>;

  /** Like {@link CacheService.get}. Also rejects with CACHE_CONFIG, for a wrong option. */
  get<T extends JsonValue>(key: string, options?: ReadOptions): Promise<T | undefined>;

  /** With a frozen result. */
  get<T extends JsonValue>(key: string, options: ReadOptions<boolean>): Promise<DeepReadonly<T> | undefined>;

  /** Returns the values of the keys that are in the cache, in the order of `keys`. Rejects only with CACHE_INVALID_KEY and CACHE_CONFIG. */
  getMany<T extends JsonValue>(keys: readonly string[], options?: ReadOptions): Promise<Map<string, T>>;

  /** With frozen values. */
  getMany<T extends JsonValue>(
    keys: readonly string[],
    options: ReadOptions<boolean>,
  ): Promise<Map<string, DeepReadonly<T>>>;

  /** Sets several values with one ttl. Rejects as `set` does; when an entry is invalid, none is sent. */
  setMany(entries: ReadonlyMap<string, JsonValue>, options?: ExtendedSetOptions): Promise<void>;

  /** Removes several entries. Rejects as `delete` does. */
  deleteMany(keys: readonly string[]): Promise<void>;

  /** Like {@link CacheService.set}. The ttl may also be a text. */
  set(key: string, value: JsonValue, options?: ExtendedSetOptions): Promise<void>;

  /**
   * Returns a cache with keys of its own inside this one. The name is any text; namespaces nest. Throws CACHE_CONFIG when the name is
   * not a text, and when nested names are so long that they leave no room for a key.
   */
  namespace(name: string): ExtendedCache;

  /**
   * Removes all entries of this namespace and of the namespaces inside it; without a namespace, all entries of the plugin. From the call
   * on, this process reads none of them; entries that it sets after the call stay. Resolves when they are removed. Also resolves when the
   * store is away, as `delete` does; then they are removed when it is back. Rejects with CACHE_UNSUPPORTED when the store cannot clear,
   * CACHE_AUTH or CACHE_REFUSED when the server forbids it, CACHE_TIMEOUT after 30 s, while the removal goes on, and CACHE_OVERLOADED when
   * 1,000 clears are waiting.
   */
  clear(): Promise<void>;

  /** Like {@link CacheService.withOptions}; shares entries and loads with this cache. */
  withOptions(options: CacheServiceOptions): ExtendedCache;
}
