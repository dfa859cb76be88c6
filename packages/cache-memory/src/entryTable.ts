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
  /**
   * Puts an entry in, though others may be too many then: `evict` is to be called after it. `false`: it would not fit in an
   * empty table, and nothing has changed.
   */
  set(key: string, text: string, expiresAtMs: number): boolean;
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
  return toEntryBytes(key, beyondOneByte.test(text) ? 2 * text.length : text.length);
}

/** What an entry takes at most, in bytes: found without a look at the text. */
export function maxEntryBytes(key: string, text: string): number {
  return toEntryBytes(key, 2 * text.length);
}

function toEntryBytes(key: string, textBytes: number): number {
  // Keys are ASCII.
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
/** Stands in BYTES with the most that an entry can take, when nobody has looked at its text. No string takes as much. */
const UNCOUNTED = 0x8000_0000;
/** The part of the bytes up to which entries are not counted but estimated. */
const PLENTY = 0.25;
/** Entries that are looked at before a walk stops: these take a fraction of a millisecond. */
const WALK_SLICE = 1000;

/**
 * Shards, because a hash table that grows or shrinks moves all of its entries at once, which takes 50 ms for a million. The
 * order of use is a chain through all of them: an entry's id is `slot * SHARDS + number of the shard`.
 *
 * JSON text comes in pieces, which V8 puts together when somebody looks at it. While there is plenty of room, that is left to
 * the first reader, who has to do it anyway.
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
    const text = shard.text(slot) as string;
    if (shard.field(slot, BYTES) >= UNCOUNTED) this.#setBytes(shard, slot, entryBytes(key, text));
    return text;
  }

  set(key: string, text: string, expiresAtMs: number): boolean {
    const { maxBytes } = this.#bounds;
    const mostBytes = maxEntryBytes(key, text);
    const hasPlenty = this.#bytes + mostBytes <= maxBytes * PLENTY;
    const bytes = hasPlenty ? mostBytes + UNCOUNTED : entryBytes(key, text);
    if (!hasPlenty && bytes > maxBytes) return false;
    const hash = this.#hash(key);
    const number = hash >>> HASH_SHIFT;
    const shard = this.#shardOf(number);
    let slot = shard.find(key, hash);
    if (slot === NO_SLOT) {
      slot = shard.append(key, hash);
      shard.setField(slot, BYTES, 0);
      this.#size++;
    } else {
      this.#unlink(slot * SHARDS + number);
    }
    shard.setValue(slot, text, expiresAtMs);
    this.#setBytes(shard, slot, bytes);
    this.#linkNewest(slot * SHARDS + number);
    return true;
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
    this.#setBytes(shard, slot, 0);
    shard.remove(slot);
    if (slot === shard.size) return;
    // Another entry is in the slot now.
    this.#setNeighbour(shard.field(slot, NEWER), OLDER, id);
    this.#setNeighbour(shard.field(slot, OLDER), NEWER, id);
  }

  #setBytes(shard: EntryShard, slot: number, bytes: number): void {
    this.#bytes += (bytes % UNCOUNTED) - (shard.field(slot, BYTES) % UNCOUNTED);
    shard.setField(slot, BYTES, bytes);
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
