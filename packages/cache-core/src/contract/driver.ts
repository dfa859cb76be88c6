import type { Awaitable } from './awaitable';
import type { CacheError } from './cacheError';
import type { ConfigSource } from './configSource';

/**
 * One store, as core sees it. Core promises: keys are printable ASCII without spaces, at most 250 bytes unless a
 * namespace makes them longer; values are well-formed text without NUL; `ttlMs` is valid; at most 5,000 operations are under way, and 1,000
 * removals after failed writes. So a driver validates nothing, builds no keys and reads no values. A driver rejects with a
 * {@link CacheError}, does not log, does not retry, swallows nothing. A store in the memory of the process may answer at
 * once: a promise costs more than to look there.
 */
export interface CacheDriver {
  /** Text last set under the key, or `undefined` when absent or expired. */
  get(key: string): Awaitable<string | undefined>;

  /**
   * Replaces text and expiry. `ttlMs`: whole milliseconds, 1 to 2^53 - 1, rounded UP by stores with coarser clocks;
   * absent = no expiry. Text that the store cannot hold rejects with CACHE_TOO_LARGE.
   */
  set(key: string, value: string, ttlMs?: number): Awaitable<void>;

  /** Removes the entry. An absent key is not an error. */
  delete(key: string): Awaitable<void>;

  /** Idempotent, settles within 2 s, leaves no timer or socket; afterwards every call rejects with CACHE_CLOSED. */
  close(): Promise<void>;

  // Capabilities: present = supported.

  /**
   * Texts of the keys in their order, `undefined` where there is none; a key may come twice. Worth having when it takes one
   * round trip: core turns the gets of one turn of the event loop into one call, of 2 to 256 keys.
   */
  getMany?(keys: readonly string[]): Promise<readonly (string | undefined)[]>;

  /** Deletes exactly the keys that start with the prefix, taken literally. */
  clear?(prefix: string): Promise<void>;

  /** How many connections to servers can be used right now; 0 after `close`. Asked for when metrics are collected. */
  connections?(): number;
}

/** What core gives to a driver. */
export interface DriverHost {
  /** To be called when the store can be used, first or again. A store that is always usable never calls it. */
  connected(): void;

  /** To be called when the connection is lost or cannot be made, as often as the client says so. */
  disconnected(error: CacheError): void;
}

/** What core applies above a driver. */
export interface DriverPolicy {
  /** Put in front of every plugin id; printable ASCII without spaces, at most 100 bytes. @defaultValue none */
  readonly namespace?: string;
  /** Stands between namespace and plugin id; as `namespace`, or empty. @defaultValue `:` */
  readonly keyPrefixSeparator?: string;
  /** Longest time that one operation may take, in ms. @defaultValue 500 */
  readonly commandTimeoutMs?: number;
  /**
   * Whether every stored text names its key and its expiry to the ms, and is a miss where they do not fit: for stores
   * that count time in coarser units, or may hand out what another client wrote. @defaultValue false
   */
  readonly verifyEntries?: boolean;
  /**
   * How long after its ttl the store may still give a verified entry, in ms. One that is given later shows that the clocks of two
   * machines differ: it is a miss, and reported as CACHE_CLOCK_SKEW. @defaultValue it is a miss
   */
  readonly maxOverdueMs?: number;
}

/** What a driver package exports. */
export interface CacheDriverDefinition<Options = unknown> {
  /** Version of this contract that the driver was written for. */
  readonly contractVersion: 1;

  /** Name of the store in `backend.cache.store`. */
  readonly store: string;

  /** Reads the options from `backend.cache`. Throws CACHE_CONFIG that names the path and shows no secret. */
  parseOptions(config: ConfigSource): Options;

  /** What core is to apply above the driver. Absent = its defaults. */
  policy?(options: Options): DriverPolicy;

  /** Starts connecting in the background. Never waits, never throws because a server is down. */
  create(options: Options, host: DriverHost): CacheDriver;
}
