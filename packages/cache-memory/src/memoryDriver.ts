import { CacheError } from '@greenroom/cache-core';
import type { Awaitable, CacheDriver, CacheDriverDefinition } from '@greenroom/cache-core';
import { createEntryTable } from './entryTable';
import type { EntryBounds, EntryTable } from './entryTable';

/** Options of the memory store, in the configuration under `backend.cache.memory`. */
export interface MemoryOptions {
  /**
   * Most bytes that all entries may take: of key and value one for each character, or two when there is one beyond Latin-1,
   * and 88 besides. A value that nobody has read counts two, while all entries take less than a quarter of this. The least
   * recently used entries go first.
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
    // All are read, so that none of them passes for unknown.
    const [namespaceKey] = ['namespace', 'keyPrefixSeparator']
      .map(name => `memory.client.${name}`)
      .filter(key => config.getOptional(key) !== undefined);
    if (namespaceKey) {
      config.warn(namespaceKey, 'has no effect: no other application can see the memory of this one');
    }
    if (config.getOptional('useRedisSets') !== undefined) {
      config.warn('useRedisSets', 'has no effect and can be removed');
    }
    return { ...(maxBytes && { maxBytes }), ...(maxEntries && { maxEntries }) };
  },

  create: options => new MemoryStore(options),
};

/** Least recently used entries that one `set` removes at once; more of them have to wait for the next turns of the event loop. */
const EVICTION_SLICE = 1000;
const SWEEP_INTERVAL_MS = 3000;

class MemoryStore implements CacheDriver {
  readonly #bounds: EntryBounds;
  #entries: EntryTable;
  #eviction: Promise<void> | undefined;
  #sweepTimer: NodeJS.Timeout | undefined;
  #sweeping = false;
  #closed = false;

  constructor({ maxBytes = 64 * 1024 * 1024, maxEntries = 50_000 }: MemoryOptions) {
    this.#bounds = { maxBytes, maxEntries };
    this.#entries = createEntryTable(this.#bounds);
  }

  get(key: string): string | undefined {
    this.#assertOpen();
    return this.#entries.get(key);
  }

  set(key: string, value: string, ttlMs = Infinity): Awaitable<void> {
    this.#assertOpen();
    const fits = this.#entries.set(key, value, ttlMs === Infinity ? Infinity : performance.now() + ttlMs);
    if (!fits) {
      const { maxBytes } = this.#bounds;
      throw new CacheError(
        'CACHE_TOO_LARGE',
        `A value takes more than the ${maxBytes} bytes of the whole memory store`,
      );
    }
    if (ttlMs !== Infinity) this.#sweepTimer ??= setInterval(() => this.#startSweep(), SWEEP_INTERVAL_MS).unref();
    return this.#entries.evict(EVICTION_SLICE) ? undefined : (this.#eviction ??= this.#evictRest());
  }

  delete(key: string): void {
    this.#assertOpen();
    this.#entries.delete(key);
  }

  async clear(prefix: string): Promise<void> {
    this.#assertOpen();
    const clearing = this.#entries.removeWhere(key => key.startsWith(prefix));
    while (!clearing.next().done) await nextTurn();
  }

  async close(): Promise<void> {
    this.#closed = true;
    this.#stopSweeping();
    this.#entries = createEntryTable(this.#bounds);
  }

  #assertOpen(): void {
    if (this.#closed) throw new CacheError('CACHE_CLOSED', 'The memory store is closed');
  }

  async #evictRest(): Promise<void> {
    do await nextTurn();
    while (!this.#entries.evict(EVICTION_SLICE));
    this.#eviction = undefined;
  }

  #startSweep(): void {
    if (this.#entries.size === 0) this.#stopSweeping();
    if (this.#sweeping || this.#closed) return;
    this.#sweeping = true;
    const nowMs = performance.now();
    this.#sweep(this.#entries.removeWhere((_key, expiresAtMs) => expiresAtMs <= nowMs));
  }

  /** Looks at some entries and leaves the others for later. An immediate that is unref'd would not wake an idle process. */
  #sweep(walk: Iterator<void>): void {
    if (this.#closed) return;
    if (walk.next().done) this.#sweeping = false;
    else setTimeout(() => this.#sweep(walk), 1).unref();
  }

  #stopSweeping(): void {
    clearInterval(this.#sweepTimer);
    this.#sweepTimer = undefined;
  }
}

function nextTurn(): Promise<void> {
  return new Promise(resolve => setImmediate(resolve));
}
