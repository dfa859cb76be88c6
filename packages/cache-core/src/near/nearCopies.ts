import { DEFAULT_NEAR_BYTES } from '../contract/nearCacheOptions';
import type { Entry } from '../values/entry';
import { isEncrypted } from '../values/entryCipher';
import { isYoung } from './askTime';
import type { AskTime } from './askTime';
import { createChurningMap } from './churningMap';

/** Measured memory of a copy without its texts and frozen value, including its `AskTime`. */
const COPY_BYTES = 480;
const beyondOneByte = /[^\0-\xff]/;

/** A copy of an entry. */
export interface NearCopy {
  /**
   * The text that the store returned; `undefined` when the value was not read from the store. May be replaced by one of the same length.
   */
  text: string | undefined;
  /** Absent when the text has changed at every recent read. */
  readonly entry: Entry | undefined;
  /** Loaded while the store could not be asked; served in place of its answer. */
  readonly isShield: boolean;
  /** Number of changes of the text since two reads in a row last found the same text. */
  changes: number;
  /** When the store was asked for this copy; absent when the copy may not answer in place of the store. Only present with an entry. */
  asked?: AskTime | undefined;
  /** Whether a set of this process left the copy and it has not been served yet. */
  isUnreadSet?: boolean;
}

/** Number of copies that are no longer served in place of the store, by reason. */
export interface NearDrops {
  /** By a set or a delete of this process. */
  readonly written: number;
  /** By a clear. */
  readonly cleared: number;
  /** Too old or expired when they were looked up or evicted. */
  readonly aged: number;
  /** Evicted to make room for others, although they could still have been served. */
  readonly evicted: number;
}

/** Copies of entries in this process, by stored key, up to a maximum number of bytes. The least recently used are evicted first. */
export interface NearCopies {
  readonly maxBytes: number;
  readonly size: number;
  /** Approximate memory of all copies. */
  readonly bytes: number;
  /** Returns the copy and makes it the most recently used one. */
  find(key: string): NearCopy | undefined;
  /**
   * Adds or replaces the copy of the key. A copy larger than `maxBytes` is not kept. Called again when its value has been frozen, to count
   * its bytes.
   */
  keep(key: string, copy: NearCopy): void;
  drop(key: string): void;
  /**
   * Stops serving the copy of the key in place of the store. The copy is dropped, unless it has a frozen value: that is served when the
   * store returns the same text.
   */
  dropNear(key: string, reason: keyof NearDrops): void;
  readonly nearDrops: NearDrops;
  /** Drops the copies of all keys that start with the prefix. */
  dropAll(prefix: string): void;
  clear(): void;
}

/** Takes almost no memory before the first copy. */
export function createNearCopies(maxBytes = DEFAULT_NEAR_BYTES): NearCopies {
  return new Copies(maxBytes);
}

/** A copy as a node of the list in order of use. */
interface KeptCopy {
  readonly key: string;
  copy: NearCopy;
  bytes: number;
  older: KeptCopy | undefined;
  newer: KeptCopy | undefined;
}

/** A linked list keeps the order of use. Moving the key within a Map at each use would cost more than the use itself. */
class Copies implements NearCopies {
  readonly maxBytes: number;
  readonly nearDrops = { written: 0, cleared: 0, aged: 0, evicted: 0 };
  readonly #copies = createChurningMap<KeptCopy>();
  #oldest: KeptCopy | undefined;
  #newest: KeptCopy | undefined;
  bytes = 0;

  constructor(maxBytes: number) {
    this.maxBytes = maxBytes;
  }

  get size(): number {
    return this.#copies.size;
  }

  find(key: string): NearCopy | undefined {
    const kept = this.#copies.get(key);
    if (!kept) return undefined;
    this.#use(kept);
    return kept.copy;
  }

  keep(key: string, copy: NearCopy): void {
    const bytes = bytesOf(key, copy);
    const kept = this.#copies.get(key);
    if (bytes > this.maxBytes) {
      this.#countEvicted(kept?.copy ?? copy);
      return this.drop(key);
    }
    if (kept) {
      this.bytes += bytes - kept.bytes;
      kept.copy = copy;
      kept.bytes = bytes;
      this.#use(kept);
    } else {
      const added = { key, copy, bytes, older: undefined, newer: undefined };
      this.bytes += bytes;
      this.#copies.set(key, added);
      this.#append(added);
    }
    while (this.bytes > this.maxBytes && this.#oldest) {
      this.#countEvicted(this.#oldest.copy);
      this.#remove(this.#oldest);
    }
  }

  drop(key: string): void {
    const kept = this.#copies.get(key);
    if (kept) this.#remove(kept);
  }

  dropNear(key: string, reason: keyof NearDrops): void {
    const kept = this.#copies.get(key);
    if (!kept?.copy.asked) return;
    this.nearDrops[reason]++;
    kept.copy.asked = undefined;
    if (!kept.copy.entry?.value.frozenBytes) this.#remove(kept);
  }

  dropAll(prefix: string): void {
    let next = this.#oldest;
    while (next) {
      const kept = next;
      next = kept.newer;
      if (!kept.key.startsWith(prefix)) continue;
      if (kept.copy.asked) this.nearDrops.cleared++;
      this.#remove(kept);
    }
  }

  clear(): void {
    this.dropAll('');
  }

  /** A copy that is too old to be served is not counted as evicted, as nothing is lost. */
  #countEvicted({ asked }: NearCopy): void {
    if (asked) this.nearDrops[isYoung(asked) ? 'evicted' : 'aged']++;
  }

  #use(kept: KeptCopy): void {
    if (kept === this.#newest) return;
    this.#unlink(kept);
    this.#append(kept);
  }

  #append(kept: KeptCopy): void {
    kept.older = this.#newest;
    kept.newer = undefined;
    if (this.#newest) this.#newest.newer = kept;
    else this.#oldest = kept;
    this.#newest = kept;
  }

  #unlink(kept: KeptCopy): void {
    const { older, newer } = kept;
    if (older) older.newer = newer;
    else this.#oldest = newer;
    if (newer) newer.older = older;
    else this.#newest = older;
    // Otherwise a removed node that V8 has moved to its old generation would keep its former neighbors alive.
    kept.older = undefined;
    kept.newer = undefined;
  }

  #remove(kept: KeptCopy): void {
    this.#copies.delete(kept.key);
    this.bytes -= kept.bytes;
    this.#unlink(kept);
  }
}

function bytesOf(key: string, { text, entry }: NearCopy): number {
  const json = entry?.value.json ?? '';
  // Unless the text is encrypted, the JSON is the text or a part of it, so only one of them is counted.
  const encryptedBytes = text !== undefined && isEncrypted(text) ? text.length : 0;
  const kept = encryptedBytes > 0 ? json : (text ?? json);
  const characters = kept.length + (entry?.metaJson?.length ?? 0);
  // `frozenBytes` counts one byte for each character. Strings in the value are at most as wide as the JSON.
  const characterBytes = beyondOneByte.test(kept) ? 2 * characters + kept.length : characters;
  return COPY_BYTES + key.length + encryptedBytes + characterBytes + (entry?.value.frozenBytes ?? 0);
}
