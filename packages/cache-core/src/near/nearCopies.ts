import { DEFAULT_NEAR_BYTES } from '../contract/nearCacheOptions';
import type { Entry } from '../values/entry';
import { isEncrypted } from '../values/entryCipher';
import { isYoung } from './askTime';
import type { AskTime } from './askTime';
import { createChurningMap } from './churningMap';

/** Measured cost of a copy beside its texts and its frozen value, with the time at which the store was asked for it. */
const COPY_BYTES = 480;
const beyondOneByte = /[^\0-\xff]/;

/** A copy of an entry. */
export interface NearCopy {
  /** The text that the store has returned; `undefined` when it was not read there. May be replaced by one of the same length. */
  text: string | undefined;
  /** Absent when its text has changed at each of the latest reads. */
  readonly entry: Entry | undefined;
  /** Made while the store could not be asked, in whose place it stands. */
  readonly isShield: boolean;
  /** How often its text has changed since it was last the same at two reads. */
  changes: number;
  /** When the store was asked for what it answers in its place; absent when it does not. Only with an entry. */
  asked?: AskTime | undefined;
  /** A set of this process has left it, and it has not been served yet. */
  isUnreadSet?: boolean;
}

/** How many copies are served in place of the store no more, by the reason. */
export interface NearDrops {
  /** By a set or a delete of this process. */
  readonly written: number;
  /** By a clear. */
  readonly cleared: number;
  /** Older than they may be, or expired, when they were asked for or made room for others. */
  readonly aged: number;
  /** To make room for others, though they could have been served again. */
  readonly evicted: number;
}

/** Copies of entries in this process, by stored key, within a number of bytes. The least recently used go first. */
export interface NearCopies {
  readonly maxBytes: number;
  readonly size: number;
  /** Memory that they take, about. */
  readonly bytes: number;
  /** The copy, which is the most recently used one then. */
  find(key: string): NearCopy | undefined;
  /** Replaces the copy of the key. One that is larger than all may be is not kept. Called again when its value has been frozen. */
  keep(key: string, copy: NearCopy): void;
  drop(key: string): void;
  /** Has the copy of the key served in place of the store no more. It goes, unless it has a frozen value, which is served when the store returns the same text. */
  dropNear(key: string, reason: keyof NearDrops): void;
  readonly nearDrops: NearDrops;
  /** Drops the copies of all keys that start with the prefix. */
  dropAll(prefix: string): void;
  clear(): void;
}

/** Takes next to nothing before the first copy. */
export function createNearCopies(maxBytes = DEFAULT_NEAR_BYTES): NearCopies {
  return new Copies(maxBytes);
}

/** A copy in the order of use. */
interface KeptCopy {
  readonly key: string;
  copy: NearCopy;
  bytes: number;
  older: KeptCopy | undefined;
  newer: KeptCopy | undefined;
}

/** A list of its own keeps the order: a Map in that order would move a key at each use, which costs more than the use. */
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

  /** What is too old to be served is no loss. */
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
    // Else one that V8 has moved to its old generation keeps all that were there with it alive.
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
  // The JSON is the text, or a part of it, unless the text is encrypted.
  const encryptedBytes = text !== undefined && isEncrypted(text) ? text.length : 0;
  const kept = encryptedBytes > 0 ? json : (text ?? json);
  const characters = kept.length + (entry?.metaJson?.length ?? 0);
  // Texts in the value are as wide as those in the JSON, at most.
  const characterBytes = beyondOneByte.test(kept) ? 2 * characters + kept.length : characters;
  return COPY_BYTES + key.length + encryptedBytes + characterBytes + (entry?.value.frozenBytes ?? 0);
}
