import type { Awaitable } from '../contract/awaitable';
import type { JsonValue } from '../contract/jsonValue';
import type { Entry } from '../values/entry';
import type { SharedValue } from '../values/sharedValue';
import type { Lease } from '../guard/leases';
import type { AskTime } from '../near/askTime';
import type { LookupEvents } from './lookupEvents';

/** What a load needs that only one process is to make at a time. */
export interface LeaseStore {
  /** Who is told of leases. */
  readonly events: LookupEvents;
  /** Takes the lease of a key. `held`: ask again a little later. `undefined`: there is none to be had. */
  take(key: string, leaseMs: number): Promise<Lease | 'held' | undefined>;
  /** As `read`, for an entry that another process may have written meanwhile. `away`: the store does not answer. */
  poll(key: string): Promise<Entry | 'away' | undefined>;
}

/**
 * What an extended cache needs of the cache below. A fault is a miss, or a write that is not made, and rejects only in `delete`. Keys
 * are those that `toKey` returns.
 */
export interface EntryStore {
  /** Who is told of callers that are answered and of loads. */
  readonly events: LookupEvents;
  /** Longest life of its entries in ms. @defaultValue none */
  readonly maxTtlMs?: number | undefined;
  /** The key by which entry and flight are known. Throws CACHE_INVALID_KEY. */
  toKey(key: string): string;
  /** The value of a fresh entry: a copy, or frozen. */
  get(key: string, frozen: boolean): Awaitable<JsonValue | undefined>;
  /**
   * The entry, unless its life is over. What was being written under the key when it was called has been written. `frozen`: its
   * value is going to be frozen.
   */
  read(key: string, frozen: boolean): Awaitable<Entry | undefined>;
  /** For a read that begins now, and that callers join: how long they may. Absent: as long as it takes. */
  askTime?(): AskTime | undefined;
  /** As `read`, in one round trip where the store can. */
  readMany(keys: readonly string[], frozen: boolean): Awaitable<readonly (Entry | undefined)[]>;
  /** The value that was read or loaded under the key, frozen: the one that others have got, where it is known. */
  freeze(key: string, value: SharedValue): JsonValue;
  /** `ttlMs` is above 0; `Infinity`: no expiry; `undefined`: that of the cache. */
  write(key: string, entry: Entry, ttlMs: number | undefined): Awaitable<void>;
  /**
   * Stores what a load has given, or keeps it in the process where the store cannot be asked. `isWanted`: whether the key has not
   * changed meanwhile. `isForced`: an older entry of the store is wrong from now on.
   */
  writeLoaded(
    key: string,
    entry: Entry,
    ttlMs: number | undefined,
    isForced: boolean,
    isWanted: () => boolean,
  ): Awaitable<void>;
  /** Removes an entry that a load replaces by nothing. */
  remove(key: string): Awaitable<void>;
  /** Removes an entry for a plugin. Rejects where the cache below does. */
  delete(key: string): Awaitable<void>;
  /** Rejects with CACHE_UNSUPPORTED where the store cannot. */
  clear(): Awaitable<void>;
  /** Where processes wait for each other's loads; absent where they cannot. */
  readonly leases?: LeaseStore | undefined;
  /** The store of a namespace inside this one. */
  inNamespace(name: string): EntryStore;
}
