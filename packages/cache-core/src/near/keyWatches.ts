import { createChurningMap } from './churningMap';

/** Shared by all who wait for what the store says of a key, as long as the key does not change. */
interface KeyWatch {
  isChanged: boolean;
  watchers: number;
  /** The latest question. */
  asked: number;
  /** The latest question that has been answered. */
  answered: number;
}

/** Somebody who waits for what the store says of a key. */
export interface KeyWatcher {
  readonly key: string;
  /** Who asks later has a higher one. */
  readonly number: number;
  readonly watch: KeyWatch;
}

/**
 * Tells who gets an answer whether it is still the latest one: whether its key has not changed since the store was asked, and no
 * later question was answered before. Nothing is kept of keys that nobody waits for.
 */
export interface KeyWatches {
  /** Number of keys that are watched. */
  readonly size: number;
  /** To be followed by `answered`, `acknowledged` or `ended`, once. */
  begin(key: string): KeyWatcher;
  /** A read has been answered. Whether the answer is the latest. */
  answered(watcher: KeyWatcher): boolean;
  /** A set has been acknowledged. Whether nobody has asked since: what a later read is told may be newer than what was set. */
  acknowledged(watcher: KeyWatcher): boolean;
  /** A read or a set has ended without an answer. */
  ended(watcher: KeyWatcher): void;
  changed(key: string): void;
  /** As `changed`, for all keys that start with the prefix. */
  changedAll(prefix: string): void;
}

export function createKeyWatches(): KeyWatches {
  return new Watches();
}

class Watches implements KeyWatches {
  readonly #watches = createChurningMap<KeyWatch>();
  #asked = 0;

  get size(): number {
    return this.#watches.size;
  }

  begin(key: string): KeyWatcher {
    let watch = this.#watches.get(key);
    if (!watch) {
      watch = { isChanged: false, watchers: 0, asked: 0, answered: 0 };
      this.#watches.set(key, watch);
    }
    watch.watchers++;
    watch.asked = ++this.#asked;
    return { key, number: watch.asked, watch };
  }

  answered(watcher: KeyWatcher): boolean {
    const { number, watch } = watcher;
    if (!this.#end(watcher) || number < watch.answered) return false;
    watch.answered = number;
    return true;
  }

  acknowledged(watcher: KeyWatcher): boolean {
    return this.#end(watcher) && watcher.watch.asked === watcher.number;
  }

  ended(watcher: KeyWatcher): void {
    this.#end(watcher);
  }

  changed(key: string): void {
    const watch = this.#watches.get(key);
    if (!watch) return;
    watch.isChanged = true;
    this.#watches.delete(key);
  }

  changedAll(prefix: string): void {
    for (const key of [...this.#watches.keys()]) if (key.startsWith(prefix)) this.changed(key);
  }

  /** Whether the key has not changed. */
  #end({ key, watch }: KeyWatcher): boolean {
    watch.watchers--;
    if (watch.isChanged) return false;
    if (watch.watchers === 0) this.#watches.delete(key);
    return true;
  }
}
