import { isFresh, toPlainEntry } from '../values/entry';
import type { Entry, Freshness } from '../values/entry';
import { createSharedValue } from '../values/sharedValue';
import { isYoung, toAskTime } from './askTime';
import type { AskTime } from './askTime';
import { createKeyWatches } from './keyWatches';
import type { KeyWatcher } from './keyWatches';
import type { NearCopies, NearDrops } from './nearCopies';

/** What near caches hold and have done in this process. */
export interface NearFigures {
  /** Maximum bytes that the copies may take. */
  readonly maxBytes: number;
  /** Memory that all copies take now, those of frozen reads included. */
  readonly bytes: number;
  /** Number of all copies now. */
  readonly entries: number;
  /** Reads that were answered without asking the store. */
  readonly hits: number;
  /** Copies that were added for keys that had none. */
  readonly fills: number;
  /** Copies that are no longer served, by reason. */
  readonly drops: Readonly<NearDrops>;
}

/** A request to the store: a read or a set. */
interface NearAsk {
  readonly watcher: KeyWatcher;
  readonly time: AskTime;
}

/**
 * Keeps answers of the store for a short time, so that it need not be asked again. Keys are stored keys. A copy is served while its age,
 * counted from when the store was asked, is below its maximum, and its known life is not over.
 */
export interface NearCache {
  /** Whether the store answers without a promise; then its answers are not kept. */
  isStoreInProcess: boolean;
  readonly figures: NearFigures;
  /** Number of keys with a request under way. */
  readonly watchedKeys: number;
  /** Returns the fresh entry to serve, if there is one. `frozen`: the caller wants its value frozen. */
  find(key: string, frozen: boolean): Entry | undefined;
  /** Must be called before the store is asked, and be followed by exactly one call of `answered`, `failed` or `acknowledged`. */
  ask(key: string, maxAgeMs: number): NearAsk;
  /** A read has been answered with this entry; `undefined` for a miss. */
  answered(read: NearAsk, entry: Entry | undefined): void;
  /** Counts a set, and returns whether to keep a copy of it: not of every set while nobody reads such copies. */
  isSetKept(): boolean;
  /** The request got no answer, or one that must not be kept. */
  failed(asked: NearAsk): void;
  /** This process writes the key: its copy and answers under way are outdated. */
  written(key: string): void;
  /** The store has acknowledged a set. Keeps what was written as the copy, unless the key was written or read meanwhile. */
  acknowledged(set: NearAsk, json: string, freshness: Freshness | undefined): void;
  /** All keys that start with the prefix are being removed. */
  cleared(prefix: string): void;
  /** From now on nothing is kept or served. */
  close(): void;
}

export function createNearCache(copies: NearCopies): NearCache {
  return new Near(copies);
}

/** While no copy that a set left is read, the first `UNREAD_SETS` sets are kept, then only one of every `SAMPLED_SETS`. */
const UNREAD_SETS = 64;
const SAMPLED_SETS = 64;

class Near implements NearCache {
  readonly #copies: NearCopies;
  readonly #watches = createKeyWatches();
  #hits = 0;
  #fills = 0;
  #isClosed = false;
  /** Number of sets since a copy that a set left was last read for the first time. */
  #unreadSets = 0;
  isStoreInProcess = false;

  constructor(copies: NearCopies) {
    this.#copies = copies;
  }

  get figures(): NearFigures {
    const { maxBytes, bytes, size, nearDrops } = this.#copies;
    return { maxBytes, bytes, entries: size, hits: this.#hits, fills: this.#fills, drops: { ...nearDrops } };
  }

  get watchedKeys(): number {
    return this.#watches.size;
  }

  find(key: string, frozen: boolean): Entry | undefined {
    const copy = this.#copies.find(key);
    if (!copy?.asked) return undefined;
    const { entry, asked } = copy;
    if (!isYoung(asked) || !isFresh(entry)) {
      this.#copies.dropNear(key, 'aged');
      return undefined;
    }
    this.#hits++;
    if (copy.isUnreadSet) {
      copy.isUnreadSet = false;
      this.#unreadSets = 0;
    }
    if (frozen && entry.value.frozenBytes === 0) {
      entry.value.frozen();
      this.#copies.keep(key, copy);
    }
    return entry;
  }

  ask(key: string, maxAgeMs: number): NearAsk {
    return { watcher: this.#watches.begin(key), time: toAskTime(maxAgeMs) };
  }

  answered({ watcher, time }: NearAsk, entry: Entry | undefined): void {
    if (!this.#watches.answered(watcher)) return;
    if (isFresh(entry) && !entry.isShielded) this.#keep(watcher.key, entry, time);
    else this.#copies.dropNear(watcher.key, 'aged');
  }

  isSetKept(): boolean {
    return this.#unreadSets++ < UNREAD_SETS || this.#unreadSets % SAMPLED_SETS === 0;
  }

  failed({ watcher }: NearAsk): void {
    this.#watches.ended(watcher);
  }

  written(key: string): void {
    this.#watches.changed(key);
    this.#copies.dropNear(key, 'written');
  }

  acknowledged({ watcher, time }: NearAsk, json: string, freshness: Freshness | undefined): void {
    const isLatest = this.#watches.acknowledged(watcher);
    this.written(watcher.key);
    if (!isLatest) return;
    const value = createSharedValue(json);
    this.#keep(watcher.key, freshness ? { ...freshness, value } : toPlainEntry(value), time, true);
  }

  cleared(prefix: string): void {
    this.#watches.changedAll(prefix);
    this.#copies.dropAll(prefix);
  }

  close(): void {
    this.#isClosed = true;
    this.#copies.clear();
  }

  #keep(key: string, found: Entry, asked: AskTime, isUnreadSet = false): void {
    if (this.#isClosed) return;
    const copy = this.#copies.find(key);
    if (!copy?.asked) this.#fills++;
    // A frozen read has already kept this entry.
    if (copy?.entry === found) {
      copy.asked = asked;
      return;
    }
    const { freshUntilMs, staleUntilMs, metaJson } = found;
    const { json } = found.value;
    // Reuses a frozen value that callers already share. Otherwise starts again from the JSON: `found.value` may hold a decoded copy for its
    // first taker, which must not stay in memory until then.
    const value = [copy?.entry?.value, found.value].find(
      known => known !== undefined && known.frozenBytes > 0 && known.json === json,
    );
    const entry = { value: value ?? createSharedValue(json), freshUntilMs, staleUntilMs, metaJson };
    this.#copies.keep(key, {
      text: undefined,
      entry,
      isShield: false,
      changes: copy?.changes ?? 0,
      asked,
      isUnreadSet,
    });
  }
}
