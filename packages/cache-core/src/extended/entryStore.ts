import type { Awaitable } from '../contract/awaitable';
import type { JsonValue } from '../contract/jsonValue';
import type { Entry } from '../values/entry';
import type { SharedValue } from '../values/sharedValue';
import type { Lease } from '../guard/leases';
import type { AskTime } from '../near/askTime';
import type { LookupEvents } from './lookupEvents';

/** What a load needs so that only one process makes it at a time. */
export interface LeaseStore {
  /** Is told of leases that were granted or refused. */
  readonly events: LookupEvents;
  /** Takes the lease of a key. `held`: not available now, ask again a little later. `undefined`: no lease can be taken. */
  take(key: string, leaseMs: number): Promise<Lease | 'held' | undefined>;
  /** Like `read`, for an entry that another process may have written meanwhile. `away`: the store does not answer. */
  poll(key: string): Promise<Entry | 'away' | undefined>;
}

/**
 * What an extended cache needs from the cache below. A fault makes a read a miss and a write ineffective; only `delete` and `clear` may
 * reject because of it. Keys are those that `toKey` returns.
 */
export interface EntryStore {
  /** Is told of answered callers and of loads. */
  readonly events: LookupEvents;
  /** Longest life of its entries in ms. @defaultValue none */
  readonly maxTtlMs?: number | undefined;
  /** Returns the key that identifies the entry and its flight. Throws CACHE_INVALID_KEY. */
  toKey(key: string): string;
  /** The value of a fresh entry: a copy, or frozen. */
  get(key: string, frozen: boolean): Awaitable<JsonValue | undefined>;
  /**
   * The entry, fresh or stale, unless its life is over. It reflects writes of the key that were under way at the call. `frozen`: the caller
   * wants its value frozen.
   */
  read(key: string, frozen: boolean): Awaitable<Entry | undefined>;
  /** For how long callers may join a read that begins now. Absent or `undefined`: as long as it takes. */
  askTime?(): AskTime | undefined;
  /** Like `read` for several keys, in one round trip where the store can. */
  readMany(keys: readonly string[], frozen: boolean): Awaitable<readonly (Entry | undefined)[]>;
  /** Returns the value that was read or loaded under the key, frozen: where possible the same object that other callers got. */
  freeze(key: string, value: SharedValue): JsonValue;
  /** Writes an entry. `ttlMs` is above 0; `Infinity`: no expiry; `undefined`: the default ttl of the cache below. */
  write(key: string, entry: Entry, ttlMs: number | undefined): Awaitable<void>;
  /**
   * Stores a loaded entry, or keeps it in the process while the store cannot be asked. `isWanted`: returns whether the key has not changed
   * meanwhile. `isForced`: the load was forced, so an older entry in the store is wrong from now on.
   */
  writeLoaded(
    key: string,
    entry: Entry,
    ttlMs: number | undefined,
    isForced: boolean,
    isWanted: () => boolean,
  ): Awaitable<void>;
  /** Removes an entry when a load or set leaves nothing to store. */
  remove(key: string): Awaitable<void>;
  /** Removes an entry because the plugin has deleted it. Rejects if the cache below does. */
  delete(key: string): Awaitable<void>;
  /** Removes all entries. Rejects with CACHE_UNSUPPORTED where the store cannot clear. */
  clear(): Awaitable<void>;
  /** Lets processes wait for each other's loads; absent where they cannot. */
  readonly leases?: LeaseStore | undefined;
  /** The store of a namespace inside this one. */
  inNamespace(name: string): EntryStore;
}
