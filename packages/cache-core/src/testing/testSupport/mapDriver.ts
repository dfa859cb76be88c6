import { CacheError } from '../../contract/cacheError';
import type { CacheDriver, CacheDriverDefinition } from '../../contract/driver';

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

  async clear(prefix: string): Promise<void> {
    this.#assertOpen();
    for (const key of [...this.#store.keys()]) if (key.startsWith(prefix)) this.#store.delete(key);
  }

  async close(): Promise<void> {
    this.#closed = true;
  }

  #assertOpen(): void {
    if (this.#closed) throw new CacheError('CACHE_CLOSED', 'The map is closed');
  }
}
