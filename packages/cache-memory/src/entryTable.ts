import { createEntryShard, NO_SLOT } from './entryShard';
import type { EntryShard } from './entryShard';
import { createKeyHash } from './keyHash';

/**
 * Entries within bounds, of which the least recently used go first. Times are on the clock of `performance.now()`, which no
 * one sets back; Infinity = no expiry.
 */
export interface EntryTable {
  readonly size: number;
  /** The text, which counts as used now; `undefined` when there is none or it has expired. */
  get(key: string): string | undefined;
  /** Puts an entry in, whatever the bounds say: `evict` is to be called after it. */
  set(key: string, text: string, expiresAtMs: number): void;
  delete(key: string): void;
  /** Removes least recently used entries that are too many, but no more than `limit`. Whether none are too many then. */
  evict(limit: number): boolean;
  /** Removes the entries that match. It stops now and then, and other calls may come in between. */
  removeWhere(matches: (key: string, expiresAtMs: number) => boolean): Iterator<void>;
}

/** Most that a table keeps. */
export interface EntryBounds {
  readonly maxBytes: number;
  readonly maxEntries: number;
}

/** Creates an empty table. */
export function createEntryTable(bounds: EntryBounds): EntryTable {
  return new ShardedTable(bounds);
}

/** What an entry takes besides its strings: places in arrays and a bucket, and what these have to spare. */
const ENTRY_OVERHEAD_BYTES = 56;
const STRING_HEADER_BYTES = 16;
// V8 keeps a string in one byte for each character where it can, and knows without looking that such a string does not match.
const beyondOneByte = /[^\0-\xff]/;

/** What an entry takes, in bytes. */
export function entryBytes(key: string, text: string): number {
  // Keys are ASCII.
  const textBytes = beyondOneByte.test(text) ? 2 * text.length : text.length;
  return stringBytes(key.length) + stringBytes(textBytes) + ENTRY_OVERHEAD_BYTES;
}

function stringBytes(bytes: number): number {
  return STRING_HEADER_BYTES + 8 * Math.ceil(bytes / 8);
}

const SHARDS = 64;
const SHARD_BITS = 6;
const HASH_SHIFT = 32 - SHARD_BITS;
/** Fields of an entry: the ids of its neighbours in the order of use, and its bytes. */
const NEWER = 0;
const OLDER = 1;
const BYTES = 2;
const NO_ID = 0xffff_ffff;
/** Entries that are looked at before a walk stops: these take a fraction of a millisecond. */
const WALK_SLICE = 1000;

/**
 * Shards, because a hash table that grows or shrinks moves all of its entries at once, which takes 50 ms for a million. The
 * order of use is a chain through all of them: an entry's id is `slot * SHARDS + number of the shard`.
 */
class ShardedTable implements EntryTable {
  readonly #bounds: EntryBounds;
  readonly #hash = createKeyHash();
  readonly #shards = Array.from({ length: SHARDS }, createEntryShard);
  #size = 0;
  #bytes = 0;
  #newest = NO_ID;
  #oldest = NO_ID;

  constructor(bounds: EntryBounds) {
    this.#bounds = bounds;
  }

  get size(): number {
    return this.#size;
  }

  get(key: string): string | undefined {
    const id = this.#find(key);
    if (id === NO_ID) return undefined;
    const shard = this.#shardOf(id);
    const slot = slotOf(id);
    const expiresAtMs = shard.expiresAtMs(slot);
    if (expiresAtMs !== Infinity && expiresAtMs <= performance.now()) {
      this.#remove(id);
      return undefined;
    }
    if (id !== this.#newest) {
      this.#unlink(id);
      this.#linkNewest(id);
    }
    return shard.text(slot);
  }

  set(key: string, text: string, expiresAtMs: number): void {
    const hash = this.#hash(key);
    const number = hash >>> HASH_SHIFT;
    const shard = this.#shardOf(number);
    const bytes = entryBytes(key, text);
    let slot = shard.find(key, hash);
    if (slot === NO_SLOT) {
      slot = shard.append(key, hash);
      this.#size++;
      this.#bytes += bytes;
    } else {
      this.#unlink(slot * SHARDS + number);
      this.#bytes += bytes - shard.field(slot, BYTES);
    }
    shard.setValue(slot, text, expiresAtMs);
    shard.setField(slot, BYTES, bytes);
    this.#linkNewest(slot * SHARDS + number);
  }

  delete(key: string): void {
    const id = this.#find(key);
    if (id !== NO_ID) this.#remove(id);
  }

  evict(limit: number): boolean {
    for (let count = 0; count < limit && this.#isOver(); count++) this.#remove(this.#oldest);
    return !this.#isOver();
  }

  *removeWhere(matches: (key: string, expiresAtMs: number) => boolean): Iterator<void> {
    let seen = 0;
    for (const [number, shard] of this.#shards.entries()) {
      // From the end, because the last entry moves to where one is removed.
      for (let slot = shard.size - 1; slot >= 0; slot--) {
        const key = shard.key(slot);
        if (key !== undefined && matches(key, shard.expiresAtMs(slot))) this.#remove(slot * SHARDS + number);
        if (++seen % WALK_SLICE === 0) yield;
      }
    }
  }

  #isOver(): boolean {
    return this.#bytes > this.#bounds.maxBytes || this.#size > this.#bounds.maxEntries;
  }

  #find(key: string): number {
    const hash = this.#hash(key);
    const number = hash >>> HASH_SHIFT;
    const slot = this.#shardOf(number).find(key, hash);
    return slot === NO_SLOT ? NO_ID : slot * SHARDS + number;
  }

  #shardOf(id: number): EntryShard {
    return this.#shards[id & (SHARDS - 1)] as EntryShard;
  }

  #remove(id: number): void {
    const shard = this.#shardOf(id);
    const slot = slotOf(id);
    this.#unlink(id);
    this.#size--;
    this.#bytes -= shard.field(slot, BYTES);
    shard.remove(slot);
    if (slot === shard.size) return;
    // Another entry is in the slot now.
    this.#setNeighbour(shard.field(slot, NEWER), OLDER, id);
    this.#setNeighbour(shard.field(slot, OLDER), NEWER, id);
  }

  #unlink(id: number): void {
    const shard = this.#shardOf(id);
    const newer = shard.field(slotOf(id), NEWER);
    const older = shard.field(slotOf(id), OLDER);
    this.#setNeighbour(newer, OLDER, older);
    this.#setNeighbour(older, NEWER, newer);
  }

  #linkNewest(id: number): void {
    const older = this.#newest;
    this.#setNeighbour(id, NEWER, NO_ID);
    this.#setNeighbour(id, OLDER, older);
    this.#setNeighbour(older, NEWER, id);
    this.#newest = id;
  }

  /** Where the chain ends, `#oldest` and `#newest` are the neighbours. */
  #setNeighbour(id: number, field: typeof NEWER | typeof OLDER, neighbour: number): void {
    if (id !== NO_ID) this.#shardOf(id).setField(slotOf(id), field, neighbour);
    else if (field === NEWER) this.#oldest = neighbour;
    else this.#newest = neighbour;
  }
}

function slotOf(id: number): number {
  return id >>> SHARD_BITS;
}
