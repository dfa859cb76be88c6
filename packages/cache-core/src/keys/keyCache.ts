import { toStoredKey } from './storedKey';

/** Maximum number of cached keys; each takes a few hundred bytes. */
const MAX_KEYS = 5000;
/** Longer keys are not cached. */
const MAX_CHARACTERS = 256;
/** When keys rarely repeat, only every 16th is cached. */
const SAMPLING_INTERVAL = 16;

const beyondLatin1 = /[^\0-\xff]/;

/** Makes the stored keys of all plugins and caches them, since most keys are used again and again. */
export interface KeyCache {
  /** As the function {@link toStoredKey}. Throws CACHE_INVALID_KEY when the key is not a string. */
  toStoredKey(prefix: string, key: string, maxKeyBytes?: number): string;
}

/** Creates an empty cache, for one manager. */
export function createKeyCache(): KeyCache {
  return new MapKeyCache();
}

interface CachedKey {
  readonly prefix: string;
  readonly storedKey: string;
  /** The stored key of the plugin or namespace that used the same key before. */
  readonly before: CachedKey | undefined;
}

class MapKeyCache implements KeyCache {
  /** By the plugin's own key. When plugins or namespaces use the same key, the latest two stay. */
  readonly #cached = new Map<string, CachedKey>();
  #hits = 0;
  #misses = 0;
  #interval = 1;

  toStoredKey(prefix: string, key: string, maxKeyBytes?: number): string {
    const cached = this.#cached.get(key);
    if (cached?.prefix === prefix) {
      this.#hits++;
      return cached.storedKey;
    }
    if (cached?.before?.prefix === prefix) {
      this.#hits++;
      return cached.before.storedKey;
    }
    const storedKey = toStoredKey(prefix, key, maxKeyBytes);
    if (key.length <= MAX_CHARACTERS && ++this.#misses % this.#interval === 0) {
      this.#add(key, { prefix, storedKey, before: cached && { ...cached, before: undefined } });
    }
    return storedKey;
  }

  #add(key: string, cached: CachedKey): void {
    if (this.#cached.size === MAX_KEYS) this.#reset();
    this.#cached.set(copyOf(key), cached);
  }

  #reset(): void {
    this.#cached.clear();
    this.#interval = this.#hits < MAX_KEYS ? SAMPLING_INTERVAL : 1;
    this.#hits = 0;
  }
}

/** A slice of a string keeps the whole string in memory; a copy does not. */
function copyOf(key: string): string {
  const encoding = beyondLatin1.test(key) ? 'utf16le' : 'latin1';
  return Buffer.from(key, encoding).toString(encoding);
}
