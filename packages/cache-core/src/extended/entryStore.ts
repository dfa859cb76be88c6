import type { Awaitable } from '../contract/awaitable';
import type { JsonValue } from '../contract/jsonValue';
import type { Entry } from '../values/entry';
import type { LookupEvents } from './lookupEvents';

/**
 * What an extended cache needs of the cache below. A fault is a miss, or a write that is not made, and rejects only in `delete`. Keys
 * are those that `toKey` returns.
 */
export interface EntryStore {
  /** Who is told of callers that are answered and of loads. */
  readonly events: LookupEvents;
  /** The key by which entry and flight are known. Throws CACHE_INVALID_KEY. */
  toKey(key: string): string;
  /** The value of a fresh entry. */
  get(key: string): Awaitable<JsonValue | undefined>;
  /** The entry, unless its life is over. What was being written under the key when it was called has been written. */
  read(key: string): Awaitable<Entry | undefined>;
  /** As `read`, in one round trip where the store can. */
  readMany(keys: readonly string[]): Awaitable<readonly (Entry | undefined)[]>;
  /** `ttlMs` is above 0; `Infinity`: no expiry; `undefined`: that of the cache. */
  write(key: string, entry: Entry, ttlMs: number | undefined): Awaitable<void>;
  /** Removes an entry that a load replaces by nothing. */
  remove(key: string): Awaitable<void>;
  /** Removes an entry for a plugin. Rejects where the cache below does. */
  delete(key: string): Awaitable<void>;
  /** Rejects with CACHE_UNSUPPORTED where the store cannot. */
  clear(): Awaitable<void>;
  /** The store of a namespace inside this one. */
  inNamespace(name: string): EntryStore;
}
