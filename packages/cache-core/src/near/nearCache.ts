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
  /** Most bytes that the copies may take. */
  readonly maxBytes: number;
  /** Memory that all copies take now, those of frozen reads included. */
  readonly bytes: number;
  /** Number of all copies now. */
  readonly entries: number;
  /** Reads that were answered without asking the store. */
  readonly hits: number;
  /** Copies that were kept where there was none. */
  readonly fills: number;
  /** Copies that are served no more. */
  readonly drops: Readonly<NearDrops>;
}

/** Something that the store is asked: a read, or a set. */
interface NearAsk {
  readonly watcher: KeyWatcher;
  readonly time: AskTime;
}

/**
 * Keeps what the store has answered, so that it need not be asked again for a short time. Keys are stored keys. A copy is served as
 * long as its age, from when the store was asked, is within the bound, and its known life is not over.
 */
export interface NearCache {
  /** The store has answered without a promise: nothing of it is kept. */
  isStoreInProcess: boolean;
  readonly figures: NearFigures;
  /** Number of keys of which an answer is waited for. */
  readonly watchedKeys: number;
  /** The fresh entry to serve; `frozen`: its value is going to be frozen. */
  find(key: string, frozen: boolean): Entry | undefined;
  /** To be called before the store is asked, and followed by `answered`, `failed` or `acknowledged`, once. */
  ask(key: string, maxAgeMs: number): NearAsk;
  /** What a read has found; `undefined` for nothing. */
  answered(read: NearAsk, entry: Entry | undefined): void;
  /** Whether to ask for what is about to be set: not for each key, while nobody reads what sets have left. */
  isSetKept(): boolean;
  /** There is no answer, or none that is to be kept. */
  failed(asked: NearAsk): void;
  /** The key is written by this process. */
  written(key: string): void;
  /** A set has ended, and the store has it: the copy is what was written. */
  acknowledged(set: NearAsk, json: string, freshness: Freshness | undefined): void;
  /** Keys that start with the prefix are removed. */
  cleared(prefix: string): void;
  /** From now on nothing is kept or served. */
  close(): void;
}

export function createNearCache(copies: NearCopies): NearCache {
  return new Near(copies);
}

/** So many sets in a row that nobody has read are kept; then one of so many. */
const UNREAD_SETS = 64;
const SAMPLED_SETS = 64;

class Near implements NearCache {
  readonly #copies: NearCopies;
  readonly #watches = createKeyWatches();
  #hits = 0;
  #fills = 0;
  #isClosed = false;
  /** Sets since one that was kept was first read. */
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
    // A frozen read has kept it.
    if (copy?.entry === found) {
      copy.asked = asked;
      return;
    }
    const { freshUntilMs, staleUntilMs, metaJson } = found;
    const { json } = found.value;
    // The frozen value goes on being the one that others have; and what the first taker gets is not kept until then.
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
