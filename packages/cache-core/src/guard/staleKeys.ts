import { isCacheError } from '../contract/cacheError';
import type { CacheError } from '../contract/cacheError';
import type { PluginKeys } from '../keys/storedKey';
import type { Clears } from './clears';

/** Maximum number of stale keys whose writes were issued in an outage. */
const MAX_KEYS = 10_000;
/** Maximum number of stale keys whose writes were under way when the outage began. The send window bounds their number. */
const MAX_KEYS_OF_BURST = 1_000_000;
/** Number of keys that are removed at the same time. */
const BATCH_SIZE = 1000;

/** The result of one attempt to remove the old values. */
interface Invalidation {
  /** Keys that are no longer stale. */
  readonly invalidatedKeys: number;
  /** Plugins with too many stale keys to remember; all of their entries are being removed. */
  readonly clearedPlugins: readonly string[];
  /** Stale keys that were forgotten since the last attempt. */
  readonly forgottenKeys: number;
  /** Present when the store refused a removal because it takes no writes. */
  readonly readOnlyError?: CacheError;
}

/**
 * Keys whose last write failed, so that the store may hold an older value, which must not be read until it is removed. The list is
 * bounded. When it overflows in an outage, all entries of the plugin with most keys are cleared, or, when the store has no `clear`,
 * the oldest keys are forgotten. A burst has a larger bound, and clears no plugin.
 */
export interface StaleKeys {
  readonly isEmpty: boolean;
  has(key: string): boolean;
  /**
   * `write`: number of the write that failed; later writes have higher numbers. `issuedInOutage`: whether it was issued while no writes
   * were sent.
   */
  add(plugin: PluginKeys, key: string, write: number, issuedInOutage: boolean): void;
  /** A write has succeeded, and has replaced what an earlier one left. */
  replaced(key: string, write: number): void;
  /** Tries once to remove the old value of each key. Never rejects. */
  invalidate(): Promise<Invalidation>;
}

/** What {@link createStaleKeys} needs. */
export interface StaleKeysOptions {
  /** Removes one key, in bounded time. */
  readonly remove: (key: string) => Promise<void>;
  /** The clears under way. Keys that they cover are stale, too. */
  readonly clears: Clears;
  /** Whether the store can clear. */
  readonly canClear: () => boolean;
}

export function createStaleKeys(options: StaleKeysOptions): StaleKeys {
  return new StaleKeyList(options);
}

interface Mark {
  readonly plugin: PluginKeys;
  readonly write: number;
}

class StaleKeyList implements StaleKeys {
  readonly #remove: StaleKeysOptions['remove'];
  readonly #clears: Clears;
  readonly #canClear: StaleKeysOptions['canClear'];
  /** The stale keys, in the order in which their removal is tried. */
  readonly #keys = new Map<string, Mark>();
  #forgottenKeys = 0;

  constructor({ remove, clears, canClear }: StaleKeysOptions) {
    this.#remove = remove;
    this.#clears = clears;
    this.#canClear = canClear;
  }

  get isEmpty(): boolean {
    return this.#keys.size === 0 && this.#clears.isEmpty;
  }

  has(key: string): boolean {
    return !this.isEmpty && (this.#keys.has(key) || this.#clears.covers(key));
  }

  add(plugin: PluginKeys, key: string, write: number, issuedInOutage: boolean): void {
    const mark = { plugin, write };
    // The clear has yet to start its removal, which will remove this key with all others.
    if (this.#clears.covers(key) && !this.#clears.isRemoving(plugin)) return;
    if ((this.#keys.get(key)?.write ?? 0) > write) return;
    this.#keys.set(key, mark);
    if (this.#keys.size > (issuedInOutage ? MAX_KEYS : MAX_KEYS_OF_BURST)) this.#makeRoom(issuedInOutage);
  }

  replaced(key: string, write: number): void {
    if (this.#keys.size === 0) return;
    const mark = this.#keys.get(key);
    if (mark && mark.write < write) this.#keys.delete(key);
  }

  async invalidate(): Promise<Invalidation> {
    let invalidatedKeys = 0;
    let readOnlyError: CacheError | undefined;
    const entries = [...this.#keys];
    for (let start = 0; start < entries.length; start += BATCH_SIZE) {
      const batch = entries.slice(start, start + BATCH_SIZE);
      const errors = await Promise.all(batch.map(([key, mark]) => this.#invalidateKey(key, mark)));
      readOnlyError ??= errors.find((error): error is CacheError => isCacheError(error, 'CACHE_READ_ONLY'));
      const failures = errors.filter(error => error !== undefined).length;
      invalidatedKeys += batch.length - failures;
      // The rest would fail as well. The keys that failed come last next time.
      if (failures === batch.length) break;
    }
    if (!readOnlyError) this.#clears.removeRest();
    const forgottenKeys = this.#forgottenKeys;
    this.#forgottenKeys = 0;
    const clearedPlugins = this.#clears.pluginIds;
    return { invalidatedKeys, clearedPlugins, forgottenKeys, ...(readOnlyError && { readOnlyError }) };
  }

  /** Resolves with the error, or with `undefined` when the old value is gone. */
  async #invalidateKey(key: string, mark: Mark): Promise<unknown> {
    // A later write of the key replaces or removes the mark.
    const isUnchanged = () => this.#keys.get(key) === mark;
    if (!isUnchanged()) return undefined;
    try {
      await this.#remove(key);
    } catch (error) {
      if (isUnchanged()) {
        this.#keys.delete(key);
        this.#keys.set(key, mark);
      }
      return error;
    }
    if (isUnchanged()) this.#keys.delete(key);
    return undefined;
  }

  /**
   * Forgets the oldest key. In an outage, on a store that can clear, drops all keys of the plugin with most of them and clears that plugin.
   */
  #makeRoom(issuedInOutage: boolean): void {
    if (!issuedInOutage || !this.#canClear()) {
      const [oldest] = this.#keys.keys();
      if (oldest !== undefined) this.#keys.delete(oldest);
      this.#forgottenKeys++;
      return;
    }
    const counts = new Map<string, { readonly plugin: PluginKeys; keys: number }>();
    for (const { plugin } of this.#keys.values()) {
      const count = counts.get(plugin.keyPrefix) ?? { plugin, keys: 0 };
      count.keys++;
      counts.set(plugin.keyPrefix, count);
    }
    const { plugin } = [...counts.values()].reduce((most, next) => (next.keys > most.keys ? next : most));
    for (const [key, mark] of this.#keys) if (mark.plugin.keyPrefix === plugin.keyPrefix) this.#keys.delete(key);
    this.#clears.begin(plugin);
  }
}
