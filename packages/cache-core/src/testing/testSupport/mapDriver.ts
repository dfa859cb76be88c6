import { CacheError } from '../../contract/cacheError';
import type { CacheDriver, CacheDriverDefinition } from '../../contract/driver';
import type { ClearedEntries, EntryListOptions, EntryPage } from '../../contract/storedEntry';

interface Entry {
  readonly text: string;
  readonly expiresAtMs: number;
}

/** A store that several drivers share, as a server would be. */
export type MapStore = Map<string, Entry>;

/** The smallest driver that keeps every promise. */
export const mapDriver: CacheDriverDefinition<{ readonly store: MapStore }> = {
  contractVersion: 1,
  store: 'map',
  parseOptions: () => ({ store: new Map() }),
  create: ({ store }) => new MapDriver(store),
};

class MapDriver implements CacheDriver {
  readonly #store: MapStore;
  #closed = false;

  constructor(store: MapStore) {
    this.#store = store;
  }

  async get(key: string): Promise<string | undefined> {
    this.#assertOpen();
    const entry = this.#store.get(key);
    return entry && entry.expiresAtMs > performance.now() ? entry.text : undefined;
  }

  async getMany(keys: readonly string[]): Promise<readonly (string | undefined)[]> {
    return Promise.all(keys.map(key => this.get(key)));
  }

  async set(key: string, value: string, ttlMs = Infinity): Promise<void> {
    this.#assertOpen();
    this.#store.set(key, { text: value, expiresAtMs: performance.now() + ttlMs });
  }

  async add(key: string, value: string, ttlMs: number): Promise<boolean> {
    this.#assertOpen();
    const entry = this.#store.get(key);
    if (entry && entry.expiresAtMs > performance.now()) return false;
    this.#store.set(key, { text: value, expiresAtMs: performance.now() + ttlMs });
    return true;
  }

  async delete(key: string): Promise<void> {
    this.#assertOpen();
    this.#store.delete(key);
  }

  async clear(prefix: string): Promise<ClearedEntries> {
    this.#assertOpen();
    const found = this.#keysOf(prefix);
    for (const key of found) this.#store.delete(key);
    return { entries: found.length };
  }

  async *entries(prefix: string, { pageSize = 500, cursor }: EntryListOptions): AsyncGenerator<EntryPage, void> {
    const keys = this.#keysOf(prefix).sort();
    for (let next = cursor === undefined ? 0 : keys.findIndex(key => key >= cursor); next >= 0;) {
      this.#assertOpen();
      const after = keys[next + pageSize];
      const entries = keys.slice(next, next + pageSize).flatMap(key => this.#describe(key));
      yield { entries, ...(after !== undefined && { cursor: after }) };
      next = after === undefined ? -1 : next + pageSize;
    }
  }

  async close(): Promise<void> {
    this.#closed = true;
  }

  #keysOf(prefix: string): string[] {
    const nowMs = performance.now();
    return [...this.#store].flatMap(([key, { expiresAtMs }]) =>
      key.startsWith(prefix) && expiresAtMs > nowMs ? [key] : [],
    );
  }

  #describe(key: string): EntryPage['entries'] {
    const entry = this.#store.get(key);
    const leftMs = entry ? entry.expiresAtMs - performance.now() : 0;
    if (!entry || leftMs <= 0) return [];
    return [{ key, bytes: key.length + entry.text.length, expiresInMs: leftMs === Infinity ? null : leftMs }];
  }

  #assertOpen(): void {
    if (this.#closed) throw new CacheError('CACHE_CLOSED', 'The map is closed');
  }
}
