import type { NearCopies } from '../near/nearCopies';
import { isServable } from '../values/entry';
import type { Entry } from '../values/entry';

/** Longest life of an entry that was loaded while the store was away. */
const MAX_LIFE_MS = 30_000;

/**
 * Keeps what is loaded while the store cannot be asked, by stored key, only for `getOrSet`. Otherwise every caller would load, and the
 * system behind the cache would have to bear that load.
 */
export interface Shield {
  /** Returns the entry that the caller gets when the store does not answer. */
  find(key: string): Entry | undefined;
  /** Keeps a loaded entry while it is fresh, but for 30 s at most. */
  keep(key: string, loaded: Entry): void;
  /** Drops the entry of a key that changes. */
  drop(key: string): void;
  /** As `drop`, for all keys that start with the prefix. */
  dropAll(prefix: string): void;
  /** Drops everything when the store is back. */
  clear(): void;
}

export function createShield(copies: NearCopies): Shield {
  return new CopyShield(copies);
}

class CopyShield implements Shield {
  readonly #copies: NearCopies;
  /** While true, nothing is looked up: the shield costs something only after an outage has begun. */
  #isEmpty = true;

  constructor(copies: NearCopies) {
    this.#copies = copies;
  }

  find(key: string): Entry | undefined {
    if (this.#isEmpty) return undefined;
    const copy = this.#copies.find(key);
    return copy?.isShield && isServable(copy.entry) ? copy.entry : undefined;
  }

  keep(key: string, { value, metaJson, freshUntilMs }: Entry): void {
    const untilMs = Math.min(freshUntilMs, Date.now() + MAX_LIFE_MS);
    const entry: Entry = { value, metaJson, freshUntilMs: untilMs, staleUntilMs: untilMs, isShielded: true };
    this.#isEmpty = false;
    this.#copies.keep(key, { text: undefined, entry, isShield: true, changes: 0 });
  }

  drop(key: string): void {
    if (!this.#isEmpty && this.#copies.find(key)?.isShield) this.#copies.drop(key);
  }

  dropAll(prefix: string): void {
    if (!this.#isEmpty) this.#copies.dropAll(prefix);
  }

  clear(): void {
    if (!this.#isEmpty) this.#copies.clear();
    this.#isEmpty = true;
  }
}
