import { CacheError } from '@greenroom/cache-core';
import type { CacheDriver, CacheDriverDefinition } from '@greenroom/cache-core';
import { LRUCache } from 'lru-cache';

/** Options of the memory store, in the configuration under `backend.cache.memory`. */
export interface MemoryOptions {
  /**
   * Most bytes that all entries may take, counted as two for each character of key and value, and 200 for
   * bookkeeping. The least recently used entries go first.
   *
   * @defaultValue 67,108,864 (64 MiB)
   */
  readonly maxBytes?: number;
  /**
   * Most entries. The least recently used go first.
   *
   * @defaultValue 50,000
   */
  readonly maxEntries?: number;
}

/** Keeps entries in the memory of this process: gone when it ends, not shared with other processes. */
export const memoryDriver: CacheDriverDefinition<MemoryOptions> = {
  contractVersion: 1,
  store: 'memory',

  parseOptions(config) {
    const maxBytes = config.getOptionalInteger('memory.maxBytes', 1);
    const maxEntries = config.getOptionalInteger('memory.maxEntries', 1);
    if (config.getOptional('memory.client.namespace') !== undefined) {
      config.warn('memory.client.namespace', 'has no effect: no other application can see the memory of this one');
    }
    if (config.getOptional('useRedisSets') !== undefined)
      config.warn('useRedisSets', 'has no effect and can be removed');
    return { ...(maxBytes && { maxBytes }), ...(maxEntries && { maxEntries }) };
  },

  create: options => new MemoryStore(options),
};

interface Entry {
  readonly text: string;
  /** On the clock of `performance.now()`, which no one sets back; Infinity = no expiry. */
  readonly expiresAtMs: number;
}

const ENTRY_OVERHEAD_BYTES = 200;
const SWEEP_INTERVAL_MS = 3000;
/** Entries looked at before the event loop gets its turn: a fraction of a millisecond, or one or two when all of them go. */
const SWEEP_SLICE = 1000;

class MemoryStore implements CacheDriver {
  readonly #maxBytes: number;
  readonly #entries: LRUCache<string, Entry>;
  #sweepTimer: NodeJS.Timeout | undefined;
  #sweeping = false;
  #closed = false;

  constructor({ maxBytes = 64 * 1024 * 1024, maxEntries = 50_000 }: MemoryOptions) {
    this.#maxBytes = maxBytes;
    this.#entries = new LRUCache({
      max: maxEntries,
      maxSize: maxBytes,
      sizeCalculation: (entry, key) => sizeOf(key, entry.text),
    });
  }

  async get(key: string): Promise<string | undefined> {
    this.#assertOpen();
    const entry = this.#entries.get(key);
    if (!entry) return undefined;
    if (entry.expiresAtMs > performance.now()) return entry.text;
    this.#entries.delete(key);
    return undefined;
  }

  async set(key: string, value: string, ttlMs = Infinity): Promise<void> {
    this.#assertOpen();
    if (sizeOf(key, value) > this.#maxBytes) {
      throw new CacheError(
        'CACHE_TOO_LARGE',
        `A value takes more than the ${this.#maxBytes} bytes of the whole memory store`,
      );
    }
    this.#entries.set(key, { text: value, expiresAtMs: performance.now() + ttlMs });
    if (ttlMs !== Infinity) this.#sweepTimer ??= setInterval(() => this.#startSweep(), SWEEP_INTERVAL_MS).unref();
  }

  async delete(key: string): Promise<void> {
    this.#assertOpen();
    this.#entries.delete(key);
  }

  async clear(prefix: string): Promise<void> {
    this.#assertOpen();
    for (const key of [...this.#entries.keys()]) {
      if (key.startsWith(prefix)) this.#entries.delete(key);
    }
  }

  async close(): Promise<void> {
    this.#closed = true;
    this.#stopSweeping();
    this.#entries.clear();
  }

  #assertOpen(): void {
    if (this.#closed) throw new CacheError('CACHE_CLOSED', 'The memory store is closed');
  }

  #startSweep(): void {
    if (this.#entries.size === 0) this.#stopSweeping();
    if (this.#sweeping || this.#closed) return;
    this.#sweeping = true;
    this.#sweepSlice(this.#entries.rkeys(), undefined);
  }

  #stopSweeping(): void {
    clearInterval(this.#sweepTimer);
    this.#sweepTimer = undefined;
  }

  /**
   * Looks at some entries and leaves the others to the next turn of the event loop. When the order of use changes in
   * between, the walk may miss some: the next sweep has them.
   */
  #sweepSlice(keys: Iterator<string>, lastKey: string | undefined): void {
    if (this.#closed) return;
    const nowMs = performance.now();
    for (let count = 0; count < SWEEP_SLICE; count++) {
      const next = keys.next();
      // An entry goes only when the walk has left it, since the walk continues from where it stands.
      if (lastKey !== undefined) this.#deleteExpired(lastKey, nowMs);
      if (next.done) {
        this.#sweeping = false;
        return;
      }
      lastKey = next.value;
    }
    setImmediate(() => this.#sweepSlice(keys, lastKey)).unref();
  }

  #deleteExpired(key: string, nowMs: number): void {
    const entry = this.#entries.peek(key);
    if (entry && entry.expiresAtMs <= nowMs) this.#entries.delete(key);
  }
}

function sizeOf(key: string, text: string): number {
  return 2 * (key.length + text.length) + ENTRY_OVERHEAD_BYTES;
}
