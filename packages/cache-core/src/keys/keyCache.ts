import { toStoredKey } from './storedKey';

/** Stored keys that are remembered: some hundred bytes each. */
const MAX_KEYS = 5000;
/** Longer keys are not remembered. */
const MAX_CHARACTERS = 256;
/** One of so many keys is remembered while they do not come again. */
const RARELY = 16;

const beyondLatin1 = /[^\0-\xff]/;

/** Makes the stored keys of all plugins, and remembers some: most are asked for again and again. */
export interface KeyCache {
  /** What {@link toStoredKey} gives. Throws CACHE_INVALID_KEY when the key is not a string. */
  toStoredKey(prefix: string, key: string): string;
}

export function createKeyCache(): KeyCache {
  return new MapKeyCache();
}

interface Remembered {
  readonly prefix: string;
  readonly storedKey: string;
}

class MapKeyCache implements KeyCache {
  /** By the plugin's key; of two plugins with the same one, that of the latter. */
  readonly #remembered = new Map<string, Remembered>();
  #hits = 0;
  #misses = 0;
  #interval = 1;

  toStoredKey(prefix: string, key: string): string {
    const remembered = this.#remembered.get(key);
    if (remembered?.prefix === prefix) {
      this.#hits++;
      return remembered.storedKey;
    }
    const storedKey = toStoredKey(prefix, key);
    if (key.length <= MAX_CHARACTERS && ++this.#misses % this.#interval === 0) {
      this.#remember(key, { prefix, storedKey });
    }
    return storedKey;
  }

  #remember(key: string, remembered: Remembered): void {
    if (this.#remembered.size === MAX_KEYS) this.#startAnew();
    this.#remembered.set(copyOf(key), remembered);
  }

  #startAnew(): void {
    this.#remembered.clear();
    this.#interval = this.#hits < MAX_KEYS ? RARELY : 1;
    this.#hits = 0;
  }
}

/** A part of a text would keep the whole of it in memory. */
function copyOf(key: string): string {
  const encoding = beyondLatin1.test(key) ? 'utf16le' : 'latin1';
  return Buffer.from(key, encoding).toString(encoding);
}
