import { CacheError } from '@greenroom/cache-core';
import type {
  Awaitable,
  CacheDriver,
  CacheDriverDefinition,
  ClearedEntries,
  DriverHost,
  EntryFigures,
  EntryListOptions,
  EntryPage,
} from '@greenroom/cache-core';
import { LRUCache } from 'lru-cache';
import { hashOf } from './hashOf';
import { createKeyPages } from './keyPages';
import { memoryOptions, parseMemoryOptions } from './memoryOptions';
import type { MemoryOptions } from './memoryOptions';
import { createPrefixFigures } from './prefixFigures';
import type { EntryChange } from './prefixFigures';

/** What a memory store holds, and how many entries it has removed since it was created. */
export interface MemoryFigures {
  /** Entries in the store. Expired ones count until they are removed, which takes some seconds at most. */
  readonly entries: number;
  /** Bytes of these entries, counted as {@link MemoryOptions.maxBytes} is. */
  readonly bytes: number;
  /** Entries that were removed to make room for others. */
  readonly evictions: number;
  /** Entries that were removed because their ttl was over. */
  readonly expiries: number;
}

/** A memory store. */
export interface MemoryDriver extends CacheDriver {
  /** What the store holds and has removed. May be called at any time; it looks at no entry. */
  figures(): MemoryFigures;
  /** The same for the keys that start with the prefix, which ends with its first `:`. Its bytes are those of its entries alone. */
  figuresOf(prefix: string): EntryFigures;
}

/** Definition of the memory store, whose drivers have figures. */
export interface MemoryDriverDefinition extends CacheDriverDefinition<MemoryOptions> {
  /** Creates an empty store. */
  create(options: MemoryOptions, host: DriverHost): MemoryDriver;
}

/** Keeps entries in the memory of this process. They are gone when it ends, and not shared with other processes. */
export const memoryDriver: MemoryDriverDefinition = {
  contractVersion: 1,
  store: 'memory',
  parseOptions: parseMemoryOptions,
  create: options => new MemoryStore(options),
};

/** Most entries that are evicted, cleared or swept in one turn of the event loop, which takes a fraction of a millisecond. */
const SLICE = 1000;
const SWEEP_INTERVAL_MS = 3000;
/** A Map moves all of its entries at once when it grows: 5 ms for this many, 100 ms for a million. */
const SHARD_ENTRIES = 50_000;
const MAX_SHARDS = 64;
/** Measured cost of an entry in the arrays of lru-cache, which never shrink. */
const INDEX_BYTES = 70;
/** Measured cost of an entry in its Map. It differs by up to four times; this is near the upper end. */
const MAP_BYTES = 98;
const STRING_HEADER_BYTES = 16;
// V8 stores a string in one byte per character where it can, and rejects such a string without reading it.
const beyondOneByte = /[^\0-\xff]/;

type Entries = LRUCache<string, string>;

/** A part of the entries, chosen by the key. */
interface Shard {
  entries: Entries;
  /** What this shard contributes to the totals of the store. */
  size: number;
  calculatedSize: number;
  bytes: number;
  /** Most entries that the shard has had, which is the length of its arrays. */
  mostEntries: number;
}

class MemoryStore implements MemoryDriver {
  readonly #maxBytes: number;
  readonly #maxEntries: number;
  readonly #shards: readonly Shard[];
  /** The shard of the newest entry, which is not evicted. */
  #newest: Shard;
  #size = 0;
  #bytes = 0;
  #evictions = 0;
  #expiries = 0;
  readonly #figures = createPrefixFigures();
  #evictedKey = '';
  #eviction: Promise<void> | undefined;
  #sweepTimer: NodeJS.Timeout | undefined;
  #closed = false;

  constructor(options: MemoryOptions) {
    const { maxBytes = memoryOptions.maxBytes.default, maxEntries = memoryOptions.maxEntries.default } = options;
    this.#maxBytes = maxBytes;
    this.#maxEntries = maxEntries;
    const mostEntries = Math.min(maxEntries, maxBytes / entryBytes('', ''));
    const shards = Math.min(Math.ceil(mostEntries / SHARD_ENTRIES), MAX_SHARDS);
    const newShard = () => ({ entries: this.#newEntries(), size: 0, calculatedSize: 0, bytes: 0, mostEntries: 0 });
    this.#newest = newShard();
    this.#shards = [this.#newest, ...Array.from({ length: shards - 1 }, newShard)];
  }

  get(key: string): string | undefined {
    this.#assertOpen();
    const shard = this.#shardOf(key);
    const text = shard.entries.get(key, { allowStale: false });
    // If the entry had expired, the get has removed it.
    if (text === undefined) this.#settle(shard);
    return text;
  }

  set(key: string, value: string, ttlMs = 0): Awaitable<void> {
    this.#assertOpen();
    const size = entryBytes(key, value);
    if (size + INDEX_BYTES > this.#maxBytes) {
      throw new CacheError(
        'CACHE_TOO_LARGE',
        `A value takes more than the ${this.#maxBytes} bytes of the whole memory store`,
      );
    }
    const shard = this.#shardOf(key);
    shard.entries.set(key, value, { size, ttl: ttlMs });
    this.#newest = shard;
    this.#settle(shard, key);
    if (ttlMs > 0) this.#sweepTimer ??= this.#startSweep();
    return this.#evict() ? undefined : (this.#eviction ??= this.#evictRest());
  }

  async add(key: string, value: string, ttlMs: number): Promise<boolean> {
    if (this.get(key) !== undefined) return false;
    await this.set(key, value, ttlMs);
    return true;
  }

  delete(key: string): void {
    this.#assertOpen();
    const shard = this.#shardOf(key);
    if (shard.entries.delete(key)) this.#settle(shard);
  }

  async clear(prefix: string, wasSetSince = (_key: string) => false): Promise<ClearedEntries> {
    this.#assertOpen();
    let cleared = 0;
    const removal = this.#walk(
      entries => [...entries.keys()],
      (entries, key) => {
        if (!key.startsWith(prefix) || wasSetSince(key)) return;
        if (entries.has(key)) cleared++;
        entries.delete(key);
      },
    );
    while (!removal.next().done) await nextTurn();
    return { entries: cleared };
  }

  async *entries(prefix: string, options: EntryListOptions): AsyncGenerator<EntryPage, void> {
    this.#assertOpen();
    const pages = createKeyPages(options);
    const search = this.#walk(
      entries => [...entries.keys()],
      (_entries, key) => key.startsWith(prefix) && pages.add(key),
    );
    while (!search.next().done) {
      await nextTurn();
      if (options.signal?.aborted) return;
    }
    for (const { keys, cursor } of pages.take()) {
      this.#assertOpen();
      yield { entries: keys.flatMap(key => this.#describe(key)), ...(cursor !== undefined && { cursor }) };
      await nextTurn();
    }
  }

  figuresOf(prefix: string): EntryFigures {
    const { bytes, ...counts } = this.#figures.find(prefix);
    return { ...counts, bytes: bytes + INDEX_BYTES * counts.entries };
  }

  figures(): MemoryFigures {
    return { entries: this.#size, bytes: this.#bytes, evictions: this.#evictions, expiries: this.#expiries };
  }

  async close(): Promise<void> {
    this.#closed = true;
    clearTimeout(this.#sweepTimer);
    for (const shard of this.#shards) {
      this.#replace(shard, this.#newEntries());
    }
    this.#figures.clear();
  }

  #assertOpen(): void {
    if (this.#closed) throw new CacheError('CACHE_CLOSED', 'The memory store is closed');
  }

  #shardOf(key: string): Shard {
    const { length } = this.#shards;
    return this.#shards[length === 1 ? 0 : hashOf(key) % length] as Shard;
  }

  /** The entry, unless it has been removed or has expired. */
  #describe(key: string): EntryPage['entries'] {
    const { entries } = this.#shardOf(key);
    const text = entries.peek(key, { allowStale: false });
    if (text === undefined) return [];
    const leftMs = entries.getRemainingTTL(key);
    return [
      {
        key,
        bytes: entryBytes(key, text) + INDEX_BYTES,
        expiresInMs: leftMs === Infinity ? null : Math.max(leftMs, 0),
      },
    ];
  }

  /** Updates the totals after a change of a shard. `key` is given when the change has yet to be counted for its prefix. */
  #settle(shard: Shard, key?: string, change: EntryChange = 'changed'): void {
    const { size, calculatedSize } = shard.entries;
    // Most sets replace an entry by one of the same size.
    if (size === shard.size && calculatedSize === shard.calculatedSize) return;
    if (key !== undefined) {
      this.#figures.add(key, change, size - shard.size, calculatedSize - shard.calculatedSize);
    }
    shard.mostEntries = Math.max(shard.mostEntries, size);
    const bytes = calculatedSize + INDEX_BYTES * shard.mostEntries;
    this.#size += size - shard.size;
    this.#bytes += bytes - shard.bytes;
    shard.size = size;
    shard.calculatedSize = calculatedSize;
    shard.bytes = bytes;
  }

  /** Copies the entries to short arrays if few are left, which takes 3 ms for 6,000. Returns whether it did. */
  #shrink(shard: Shard): boolean {
    if (shard.mostEntries <= 8 * shard.size + SLICE) return false;
    const entries = this.#newEntries();
    for (const key of shard.entries.rkeys()) {
      const text = shard.entries.peek(key) as string;
      const ttl = shard.entries.getRemainingTTL(key);
      // A ttl of 0 would mean no ttl.
      entries.set(key, text, { size: entryBytes(key, text), ttl: ttl === Infinity ? 0 : ttl || -1 });
    }
    this.#replace(shard, entries);
    return true;
  }

  #replace(shard: Shard, entries: Entries): void {
    shard.entries = entries;
    shard.mostEntries = 0;
    shard.calculatedSize = -1;
    this.#settle(shard);
  }

  #newEntries(): Entries {
    return new LRUCache({
      // The store evicts on its own, in slices. Without `max` the arrays grow with the entries.
      maxSize: Number.MAX_SAFE_INTEGER,
      // Each `set` has its own ttl. With a ttl here, lru-cache creates the arrays for it at the start.
      ttl: 1,
      // Otherwise the time is cached, and a timer drops it after 1 ms.
      ttlResolution: 0,
      // Looks up `performance` at each call, because tests may replace the clock after this module was loaded. Adds 1, because their
      // clocks start at 0, which lru-cache takes for no ttl.
      perf: { now: () => 1 + performance.now() },
      // Makes lists of keys contain expired ones.
      allowStale: true,
      dispose: (text, key, reason) => this.#disposed(text, key, reason),
    });
  }

  #disposed(text: string, key: string, reason: LRUCache.DisposeReason): void {
    // `#settle` counts the changes of replaced entries.
    if (reason === 'set') return;
    if (reason === 'evict') {
      this.#evictions++;
      this.#evictedKey = key;
      return;
    }
    if (reason === 'expire') this.#expiries++;
    this.#figures.add(key, reason === 'expire' ? 'expired' : 'changed', -1, -entryBytes(key, text));
  }

  /** Evicts entries until the bounds hold, or as many as one turn of the event loop may take. Returns whether the bounds hold. */
  #evict(): boolean {
    for (let count = 0; this.#size > this.#maxEntries || this.#bytes > this.#maxBytes; count++) {
      if (count === SLICE) return false;
      const shard = this.#fullest();
      if (!shard) break;
      shard.entries.pop();
      this.#settle(shard, this.#evictedKey, 'evicted');
      if (this.#shrink(shard)) return false;
    }
    return true;
  }

  /** The shard with the most entries, not counting the newest entry. */
  #fullest(): Shard | undefined {
    let fullest: Shard | undefined;
    let most = 0;
    for (const shard of this.#shards) {
      const evictable = shard === this.#newest ? shard.size - 1 : shard.size;
      if (evictable > most) {
        fullest = shard;
        most = evictable;
      }
    }
    return fullest;
  }

  async #evictRest(): Promise<void> {
    do await nextTurn();
    while (!this.#evict());
    this.#eviction = undefined;
  }

  #startSweep(): NodeJS.Timeout {
    const removal = this.#walk(
      // A list of 50,000 keys takes 10 ms to make. Without one, a concurrent removal can end the walk early; the next sweep does the rest.
      entries => entries.keys(),
      (entries, key) => entries.getRemainingTTL(key) < 0 && entries.get(key, { allowStale: false }),
    );
    return setTimeout(() => this.#sweep(removal), SWEEP_INTERVAL_MS).unref();
  }

  /** One slice per timer. An immediate that is unref'd would not wake an idle process. */
  #sweep(removal: Iterator<void>): void {
    if (!removal.next().done) this.#sweepTimer = setTimeout(() => this.#sweep(removal), 1).unref();
    else this.#sweepTimer = this.#size > 0 ? this.#startSweep() : undefined;
  }

  /** Visits all keys and yields after each slice. */
  *#walk(
    keysOf: (entries: Entries) => Iterable<string>,
    visit: (entries: Entries, key: string) => unknown,
  ): Generator<void> {
    let visited = 0;
    for (const shard of this.#shards) {
      for (const key of keysOf(shard.entries)) {
        if (this.#closed) return;
        visit(shard.entries, key);
        if (++visited % SLICE > 0) continue;
        this.#settle(shard);
        yield;
      }
      this.#settle(shard);
      if (this.#shrink(shard)) yield;
    }
  }
}

/** Returns the bytes of an entry besides its place in the arrays. Keys are ASCII. */
function entryBytes(key: string, text: string): number {
  const textBytes = beyondOneByte.test(text) ? 2 * text.length : text.length;
  return stringBytes(key.length) + stringBytes(textBytes) + MAP_BYTES;
}

function stringBytes(bytes: number): number {
  return STRING_HEADER_BYTES + 8 * Math.ceil(bytes / 8);
}

function nextTurn(): Promise<void> {
  return new Promise(resolve => setImmediate(resolve));
}
