import { createChurningMap } from './churningMap';

/** State of a key that all requests waiting for its answer share, until the key changes. */
interface KeyWatch {
  isChanged: boolean;
  watchers: number;
  /** Number of the latest request. */
  asked: number;
  /** Number of the latest request that has been answered. */
  answered: number;
}

/** A read or set that waits for the answer of the store for a key. */
export interface KeyWatcher {
  readonly key: string;
  /** Later requests have higher numbers. */
  readonly number: number;
  readonly watch: KeyWatch;
}

/**
 * Decides whether an answer of the store is still the latest one: its key has not changed since the store was asked, and no later request
 * was answered earlier. Keeps nothing for keys without a request under way.
 */
export interface KeyWatches {
  /** Number of keys that are watched. */
  readonly size: number;
  /** Must be followed by exactly one call of `answered`, `acknowledged` or `ended`. */
  begin(key: string): KeyWatcher;
  /** A read has been answered. Returns whether its answer is the latest one. */
  answered(watcher: KeyWatcher): boolean;
  /**
   * A set has been acknowledged. Returns whether the key has neither changed nor been asked for since: a later read may get a newer value.
   */
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

  /** Returns whether the key has not changed. */
  #end({ key, watch }: KeyWatcher): boolean {
    watch.watchers--;
    if (watch.isChanged) return false;
    if (watch.watchers === 0) this.#watches.delete(key);
    return true;
  }
}
