import type { Awaitable } from './awaitable';
import type { CacheError } from './cacheError';
import type { ConfigSource } from './configSource';
import type { ClearedEntries, ClearOptions, EntryFigures, EntryListOptions, EntryPage } from './storedEntry';

/**
 * One store, as core sees it. Core promises: keys are printable ASCII without spaces, at most 250 bytes unless a namespace makes
 * them longer; values are well-formed text without NUL; `ttlMs` is valid; at most 5,000 operations and 1,000 removals after failed
 * writes are in flight. So a driver validates nothing, builds no keys and parses no values. A driver rejects with a
 * {@link CacheError}; it does not log, does not retry and swallows no error. A store in the memory of the process may answer
 * without a promise, which would cost more than the look-up.
 */
export interface CacheDriver {
  /** Returns the text last set under the key, or `undefined` when it is absent or expired. */
  get(key: string): Awaitable<string | undefined>;

  /**
   * Replaces text and expiry. `ttlMs` is a whole number from 1 to 2^53 - 1, rounded UP by stores with coarser clocks; absent
   * means no expiry. Rejects with CACHE_TOO_LARGE when the store cannot hold the text.
   */
  set(key: string, value: string, ttlMs?: number): Awaitable<void>;

  /** Removes the entry. An absent key is not an error. */
  delete(key: string): Awaitable<void>;

  /** Settles within 2 s and leaves no timer or socket. Idempotent. Afterwards every call rejects with CACHE_CLOSED. */
  close(): Promise<void>;

  // Capabilities: a driver has the methods that its store supports.

  /**
   * Returns the texts of the keys in their order, `undefined` for absent ones. A key may occur twice. Useful when it takes one
   * round trip: core sends the gets of one turn of the event loop in one call, of 2 to 256 keys.
   */
  getMany?(keys: readonly string[]): Promise<readonly (string | undefined)[]>;

  /**
   * Sets text and expiry unless the key has an entry that has not expired, and resolves whether it did: true for one of several
   * callers at a time, in whatever process. `ttlMs` as for `set`. With it core has one process load a value that several miss.
   */
  add?(key: string, value: string, ttlMs: number): Promise<boolean>;

  /**
   * Deletes exactly the keys that start with the prefix, which is taken literally and is never empty. Core sets keys while that goes
   * on: those for which `wasSetSince` returns true stay. Ask it right before a key is deleted; a store that deletes in one step need not.
   * Resolves with what it has deleted, where that is known.
   */
  clear?(
    prefix: string,
    wasSetSince?: (key: string) => boolean,
    options?: ClearOptions,
  ): Promise<ClearedEntries | void>;

  /**
   * Lists the entries whose keys start with the prefix, which is taken literally and may be empty: page by page, each at little cost to
   * the store and within 2 s, in any order. What is set, removed or moved to another server meanwhile may be missed or listed twice.
   * When the caller stops, or the signal fires, nothing is left behind.
   */
  entries?(prefix: string, options: EntryListOptions): AsyncIterable<EntryPage>;

  /** Returns what a store in the process counts of a prefix that ends with its first `:`. Looks at no entry. */
  figuresOf?(prefix: string): EntryFigures;

  /** Returns the number of usable connections to servers; 0 after `close`. Called when metrics are collected. */
  connections?(): number;

  /** Returns the servers that it is connected to, or tries to reach: `host:port` or the path of a socket, without credentials. */
  servers?(): readonly string[];
}

/** How a driver reports the state of its connection to core. */
export interface DriverHost {
  /** Call it when the store becomes usable, for the first time or again. A store that is always usable never calls it. */
  connected(): void;

  /** Call it when the connection is lost or cannot be made. It may be called repeatedly. */
  disconnected(error: CacheError): void;
}

/** Settings of core for one driver. */
export interface DriverPolicy {
  /** Comes before every plugin id. Printable ASCII without spaces, at most 100 bytes. @defaultValue none */
  readonly namespace?: string;
  /** Stands between namespace and plugin id. The same characters as `namespace`, or empty. @defaultValue `:` */
  readonly keyPrefixSeparator?: string;
  /** Longest time that one operation may take, in ms, above 0. @defaultValue 500 */
  readonly commandTimeoutMs?: number;
  /**
   * Whether core stores the key and the exact expiry with each text, and treats a text with another key or a past expiry as a
   * miss. For stores that count time in coarser units, or that may return what another client wrote. @defaultValue false
   */
  readonly verifyEntries?: boolean;
  /**
   * How long after its expiry the store may still return a verified entry, in ms. A later one shows that the clocks of two
   * machines differ, and is reported as CACHE_CLOCK_SKEW. It is a miss in either case. @defaultValue nothing is reported
   */
  readonly maxOverdueMs?: number;
}

/** What a driver package exports. */
export interface CacheDriverDefinition<Options = unknown> {
  /** Version of the contract that the driver implements. */
  readonly contractVersion: 1;

  /** Name of the store in `backend.cache.store`: 1 to 64 letters, digits, `-` and `_`. */
  readonly store: string;

  /** Reads the options from `backend.cache`. Throws CACHE_CONFIG, whose message names the path and shows no secret. */
  parseOptions(config: ConfigSource): Options;

  /** Returns the settings of core for these options. Absent means the defaults. */
  policy?(options: Options): DriverPolicy;

  /** Creates the driver and starts connecting in the background. Never waits, and never throws because a server is down. */
  create(options: Options, host: DriverHost): CacheDriver;
}
