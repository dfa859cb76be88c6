import type { Awaitable } from './awaitable';
import type { CacheService, CacheServiceOptions } from './cacheService';
import type { DeepReadonly } from './deepReadonly';
import type { HumanDuration } from './duration';
import type { JsonValue } from './jsonValue';

/** A ttl: milliseconds, a duration object, or a text such as `5m`, `30 seconds` or `PT5M`. */
export type Ttl = number | HumanDuration | string;

/**
 * A schema with which a value that was read is checked: of Zod, Valibot, ArkType or another library that follows the Standard
 * Schema specification, https://standardschema.dev.
 */
export interface ValueSchema {
  /** The part of the specification that is used. */
  readonly '~standard': {
    /** Version of the specification. */
    readonly version: 1;
    /** Resolves or returns `issues` for a value of another shape. Its output is not used. */
    readonly validate: (value: unknown) => Awaitable<{ readonly issues?: readonly unknown[] | undefined }>;
  };
}

/** What a load may do, and what it is told. Its functions need no `this`. */
export interface LoadContext {
  /** Fires when nobody waits for the load any more, and at `hardTimeout`. */
  readonly signal: AbortSignal;
  /** The value that the load replaces, a copy, and its meta; absent when there is none. */
  readonly stale?: { readonly value: JsonValue; readonly meta?: JsonValue };
  /**
   * Replaces `ttl`, and ends the stale life with it: for a value that knows its own expiry. 0 or less: the value is not stored,
   * and the old one is removed. Throws CACHE_INVALID_TTL.
   */
  readonly setTtl: (ttl: Ttl) => void;
  /** Stores something beside the value, such as an ETag, for `stale.meta` of later loads. Throws CACHE_INVALID_VALUE. */
  readonly setMeta: (meta: JsonValue) => void;
  /** Ends the load with the stale value, which is stored anew. Throws CACHE_INVALID_VALUE when there is none. */
  readonly keepStale: () => never;
  /** Stores and removes nothing, whatever the load returns. */
  readonly skip: () => undefined;
}

/** Options of `get` and `getMany` of an {@link ExtendedCache}. `Frozen`: what `frozen` may be. */
export interface ReadOptions<Frozen extends boolean = false> {
  /**
   * Gives a value that is frozen, with everything in it, in place of a copy: for callers that do not change it. It is shared, and
   * given again without being decoded, as long as the store returns the same text; a cache of another kind gives a new one each time.
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
   * Age, counted from the write, up to which the value is served while it is loaded anew, or while that fails. Without effect
   * when it is not above `ttl`.
   *
   * @defaultValue `ttl`: a value that is not fresh is not served
   */
  readonly staleTtl?: Ttl | undefined;
  /** How long `null` is fresh; it is never served stale. @defaultValue `ttl` */
  readonly negativeTtl?: Ttl | undefined;
  /** How long a caller waits for a fresh value when there is a stale one. 0 or more. @defaultValue 0 */
  readonly softTimeout?: Ttl | undefined;
  /** How long a load may take, above 0. Then it fails with CACHE_LOAD_TIMEOUT, and a late result is dropped. @defaultValue none */
  readonly hardTimeout?: Ttl | undefined;
  /** Shortens `ttl` at random by up to this part of it, 0 to 1, so that many values do not expire at once. @defaultValue 0 */
  readonly jitter?: number | undefined;
  /** Loads whatever the cache has, and rejects when that fails. @defaultValue false */
  readonly forceFresh?: boolean | undefined;
  /** Ends the waiting of this caller, who gets `signal.reason`. @defaultValue none */
  readonly signal?: AbortSignal | undefined;
  /**
   * Whether other processes that use the same store wait for this load, and this one for theirs, for at most `hardTimeout` and 10 s;
   * then it loads. It is advice: a process that takes longer is not stopped. Nobody waits who has a stale value, nor while the store
   * is away. Without effect on a cache that is not Greenroom's.
   *
   * @defaultValue false
   */
  readonly acrossProcesses?: boolean | undefined;
  /**
   * A value in the cache that this does not accept is a miss. It may be asynchronous, which every hit then waits for; what it throws
   * rejects. Its output is not used, and what a load returns is not checked.
   *
   * @defaultValue every value is accepted
   */
  readonly check?: ValueSchema | undefined;
}

/** Options of {@link ExtendedCache.set} and {@link ExtendedCache.setMany}. */
export interface ExtendedSetOptions {
  /** As that of {@link CacheService.set}; it may also be a text. @defaultValue the `defaultTtl` of the cache */
  readonly ttl?: Ttl | undefined;
}

/** A {@link CacheService} with more: what plugins otherwise write by hand above it. */
export interface ExtendedCache extends CacheService {
  /**
   * Returns the value under the key, or loads and stores it: once for everybody who asks for the key meanwhile. Each caller gets a
   * copy. The options of the first caller rule the load; `softTimeout` and `signal` are each caller's own. What a load returns is
   * not stored when the key was set or deleted meanwhile, and when it is `undefined`. Rejects with the error of the load, with
   * `signal.reason`, CACHE_LOAD_TIMEOUT, CACHE_INVALID_KEY, CACHE_INVALID_VALUE, CACHE_INVALID_TTL or CACHE_CONFIG.
   *
   * A load that asks for its own key waits for itself, until `hardTimeout`.
   */
  getOrSet<T extends JsonValue>(
    key: string,
    load: (context: LoadContext) => Awaitable<T>,
    options?: GetOrSetOptions,
  ): Promise<T>;

  /** With a load that may return no value: `undefined` then. */
  getOrSet<T extends JsonValue>(
    key: string,
    load: (context: LoadContext) => Awaitable<T | undefined>,
    options?: GetOrSetOptions,
  ): Promise<T | undefined>;

  /** With a frozen value. */
  getOrSet<T extends JsonValue>(
    key: string,
    load: (context: LoadContext) => Awaitable<T>,
    options: GetOrSetOptions<boolean>,
  ): Promise<DeepReadonly<T>>;

  /** With a load that may return no value, and a frozen value. */
  getOrSet<T extends JsonValue>(
    key: string,
    load: (context: LoadContext) => Awaitable<T | undefined>,
    options: GetOrSetOptions<boolean>,
  ): Promise<DeepReadonly<T> | undefined>;

  /**
   * As `getOrSet` for many keys, with one load for those that are missing or stale. The load returns a map;
   * keys that it lacks are absent from the result, and keys that were not asked for are ignored. The result is in the order asked.
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

  /** As {@link CacheService.get}. Rejects with CACHE_CONFIG for a wrong option, too. */
  get<T extends JsonValue>(key: string, options?: ReadOptions): Promise<T | undefined>;

  /** With a frozen value. */
  get<T extends JsonValue>(key: string, options: ReadOptions<boolean>): Promise<DeepReadonly<T> | undefined>;

  /** Returns the values that are there, in the order asked. Rejects only with CACHE_INVALID_KEY and CACHE_CONFIG. */
  getMany<T extends JsonValue>(keys: readonly string[], options?: ReadOptions): Promise<Map<string, T>>;

  /** With frozen values. */
  getMany<T extends JsonValue>(
    keys: readonly string[],
    options: ReadOptions<boolean>,
  ): Promise<Map<string, DeepReadonly<T>>>;

  /** Sets several values with one ttl. Rejects as `set` does, for a wrong entry before any is sent. */
  setMany(entries: ReadonlyMap<string, JsonValue>, options?: ExtendedSetOptions): Promise<void>;

  /** Removes several entries. Rejects as `delete` does. */
  deleteMany(keys: readonly string[]): Promise<void>;

  /** As {@link CacheService.set}. The ttl may also be a text. */
  set(key: string, value: JsonValue, options?: ExtendedSetOptions): Promise<void>;

  /**
   * Returns a cache with keys of its own inside this one. Any text is a name; namespaces nest. Throws CACHE_CONFIG when the name is
   * no text.
   */
  namespace(name: string): ExtendedCache;

  /**
   * Removes all entries of this namespace and those inside it; without a namespace, of the plugin. From the call on this process reads none
   * of them; what it sets after the call stays. Resolves when they are removed, or when the store is away, as `delete` does: they are
   * removed when it is back. Rejects with CACHE_UNSUPPORTED where the store cannot clear, CACHE_AUTH or CACHE_REFUSED where the server
   * forbids it, CACHE_TIMEOUT after 30 s, when the removal goes on, and CACHE_OVERLOADED when a thousand clears wait.
   */
  clear(): Promise<void>;

  /** As {@link CacheService.withOptions}, over the same entries and loads. */
  withOptions(options: CacheServiceOptions): ExtendedCache;
}
