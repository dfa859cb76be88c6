import type { Awaitable } from './awaitable';
import type { CacheError } from './cacheError';
import type { ConfigSource } from './configSource';
import type { ClearedEntries, ClearOptions, EntryFigures, EntryListOptions, EntryPage } from './storedEntry';

/**
 * One store, as core sees it. Core promises: keys are printable ASCII without spaces, at most 250 bytes unless a namespace makes them
 * longer; values are well-formed text without NUL; `ttlMs` is valid; at most 5,000 operations and 1,000 removals after failed writes are in
 * flight. So a driver validates nothing, builds no keys and parses no values. A driver rejects with a {@link CacheError}; it does not log,
 * does not retry and swallows no error. A store in the memory of the process may return plain values: a promise would cost more than the
 * look-up.
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
   * Returns the texts in the order of the keys, with `undefined` for absent ones. A key may occur twice. Useful when the store reads
   * several keys in one round trip: core sends the gets of one turn of the event loop together, 2 to 256 keys in each call.
   */
  getMany?(keys: readonly string[]): Promise<readonly (string | undefined)[]>;

  /**
   * Sets text and expiry unless the key has an entry that has not expired. Resolves with whether it has set them: when several callers, in
   * any processes, add a key at the same time, only one gets true. `ttlMs` as for `set`. Core uses it for leases, which let only one process
   * load a value that several miss.
   */
  add?(key: string, value: string, ttlMs: number): Promise<boolean>;

  /**
   * Deletes exactly the keys that start with the prefix, which is taken literally and is never empty. Core may set keys while the clear
   * runs: keys for which `wasSetSince` returns true must stay. Call it right before each key is deleted; a store that deletes all keys in
   * one step need not call it. Resolves with what was deleted, if that is known.
   */
  clear?(
    prefix: string,
    wasSetSince?: (key: string) => boolean,
    options?: ClearOptions,
  ): Promise<ClearedEntries | void>;

  /**
   * Lists the entries whose keys start with the prefix, which is taken literally and may be empty. They come in any order, in pages that
   * each cost the store little and arrive within 2 s. Entries that are set, removed or moved to another server during the listing may be
   * missed or listed twice. When the caller stops or the signal fires, the listing ends and leaves nothing behind.
   */
  entries?(prefix: string, options: EntryListOptions): AsyncIterable<EntryPage>;

  /** For a store in the process: returns its counts for a prefix that ends with its first `:`, without looking at any entry. */
  figuresOf?(prefix: string): EntryFigures;

  /** Returns the number of usable connections to servers; 0 after `close`. Called when metrics are collected. */
  connections?(): number;

  /** Returns the servers that it is connected to, or tries to reach: `host:port` or the path of a socket, without credentials. */
  servers?(): readonly string[];
}

/** How a driver reports the state of its connection to core. */
export interface DriverHost {
  /** Call it when the store becomes usable, for the first time or again. A driver whose store is always usable need not call it. */
  connected(): void;

  /** Call it when the connection is lost or cannot be made. It may be called repeatedly. */
  disconnected(error: CacheError): void;
}

/** Settings of core for one driver. */
export interface DriverPolicy {
  /** Text before every plugin id in stored keys. Printable ASCII without spaces, at most 100 bytes. @defaultValue none */
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
   * How long after its expiry the store may still return a verified entry, in ms. An entry that is returned even later shows that the
   * clocks of two machines differ, and is reported as CACHE_CLOCK_SKEW. It is a miss in either case. @defaultValue nothing is reported
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
