import { CacheError, isCacheError } from '../contract/cacheError';
import type { CacheDriver } from '../contract/driver';
import type { PluginKeys } from '../keys/storedKey';

/** Most keys that are remembered for writes that were issued while the store took none. */
const MAX_KEYS = 10_000;
/** And for those that were issued before: how many can be under way is bounded, and what the store holds beside them is good. */
const MAX_KEYS_OF_BURST = 1_000_000;
/** Keys whose removal is under way at the same time. */
const BATCH_SIZE = 1000;
/** A clear walks through the whole store, which may be large; one that hangs is given up. */
const CLEAR_TIMEOUT_MS = 5 * 60_000;

/** What came of one attempt to remove the old values. */
interface Invalidation {
  /** How many keys are clean again. */
  readonly invalidatedKeys: number;
  /** Plugins with more stale keys than are remembered, all of whose entries are being removed. */
  readonly clearedPlugins: readonly string[];
  /** How many keys were forgotten since the attempt before. */
  readonly forgottenKeys: number;
  /** Present when the store refused a removal because it takes no writes. */
  readonly readOnlyError?: CacheError;
}

/**
 * Keys whose last write failed, so that the store may hold an older value: it must not be read until it is removed. Bounded:
 * of what is more than that in an outage a plugin's entries go altogether, or, when the store cannot do that, the oldest keys are
 * forgotten. Of a burst, which is no outage, many more are remembered, and no plugin loses what it has.
 */
export interface StaleKeys {
  readonly isEmpty: boolean;
  has(plugin: PluginKeys, key: string): boolean;
  /**
   * `write`: the number of the write that failed; later writes have higher ones. `inOutage`: it was issued while the store took
   * none.
   */
  add(plugin: PluginKeys, key: string, write: number, inOutage: boolean): void;
  /** To be called when a write has succeeded: what an earlier one has left is replaced. */
  replaced(key: string, write: number): void;
  /** Tries each key once. Never rejects. */
  invalidate(): Promise<Invalidation>;
}

/** What {@link createStaleKeys} needs. */
export interface StaleKeysOptions {
  /** Removes one key, in bounded time. */
  readonly remove: (key: string) => Promise<void>;
  /** The store's `clear`, if it has one. */
  readonly findClear: () => CacheDriver['clear'];
  /** Told what a clear has failed with; it is tried again. */
  readonly clearFailed: (error: unknown) => void;
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
  readonly #findClear: StaleKeysOptions['findClear'];
  readonly #clearFailed: StaleKeysOptions['clearFailed'];
  /** In the order in which they are tried. */
  readonly #keys = new Map<string, Mark>();
  /** All keys of these plugins, by their prefix. A failed write puts a new mark in the place of the one before. */
  readonly #prefixes = new Map<string, Mark>();
  #clearing = false;
  #forgottenKeys = 0;

  constructor({ remove, findClear, clearFailed }: StaleKeysOptions) {
    this.#remove = remove;
    this.#findClear = findClear;
    this.#clearFailed = clearFailed;
  }

  get isEmpty(): boolean {
    return this.#keys.size === 0 && this.#prefixes.size === 0;
  }

  has({ keyPrefix }: PluginKeys, key: string): boolean {
    return !this.isEmpty && (this.#keys.has(key) || this.#prefixes.has(keyPrefix));
  }

  add(plugin: PluginKeys, key: string, write: number, inOutage: boolean): void {
    const mark = { plugin, write };
    if (this.#prefixes.has(plugin.keyPrefix)) {
      this.#prefixes.set(plugin.keyPrefix, mark);
      return;
    }
    if ((this.#keys.get(key)?.write ?? 0) > write) return;
    this.#keys.set(key, mark);
    if (this.#keys.size > (inOutage ? MAX_KEYS : MAX_KEYS_OF_BURST)) this.#shorten(inOutage);
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
      // The others would fail as well. Those that did are last the next time.
      if (failures === batch.length) break;
    }
    if (this.#prefixes.size > 0 && !readOnlyError) void this.#clearPlugins();
    const forgottenKeys = this.#forgottenKeys;
    this.#forgottenKeys = 0;
    const clearedPlugins = [...this.#prefixes.values()].map(({ plugin }) => plugin.pluginId);
    return { invalidatedKeys, clearedPlugins, forgottenKeys, ...(readOnlyError && { readOnlyError }) };
  }

  /** The error, or `undefined` when the old value is gone. */
  async #invalidateKey(key: string, mark: Mark): Promise<unknown> {
    // A write that came in between has changed it.
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

  /** Never rejects: what fails is tried again with the next attempt. */
  async #clearPlugins(): Promise<void> {
    if (this.#clearing) return;
    this.#clearing = true;
    for (const [keyPrefix, mark] of [...this.#prefixes]) {
      const isCleared = await this.#clear(keyPrefix);
      if (isCleared && this.#prefixes.get(keyPrefix) === mark) this.#prefixes.delete(keyPrefix);
    }
    this.#clearing = false;
  }

  async #clear(keyPrefix: string): Promise<boolean> {
    let timer: NodeJS.Timeout | undefined;
    const expired = new Promise<never>((_resolve, reject) => {
      const giveUp = () => reject(new CacheError('CACHE_TIMEOUT', `A clear has not ended in ${CLEAR_TIMEOUT_MS} ms`));
      timer = setTimeout(giveUp, CLEAR_TIMEOUT_MS).unref();
    });
    try {
      await Promise.race([expired, (async () => this.#findClear()?.(keyPrefix))()]);
      return true;
    } catch (error) {
      this.#clearFailed(error);
      return false;
    } finally {
      clearTimeout(timer);
    }
  }

  /** Makes room, of the plugin that has most. */
  #shorten(inOutage: boolean): void {
    if (!inOutage || !this.#findClear()) {
      const [oldest] = this.#keys.keys();
      if (oldest !== undefined) this.#keys.delete(oldest);
      this.#forgottenKeys++;
      return;
    }
    const counts = new Map<string, number>();
    for (const { plugin } of this.#keys.values()) {
      counts.set(plugin.keyPrefix, (counts.get(plugin.keyPrefix) ?? 0) + 1);
    }
    const [largest = ''] = [...counts].reduce((most, next) => (next[1] > most[1] ? next : most));
    for (const [key, mark] of this.#keys) {
      if (mark.plugin.keyPrefix !== largest) continue;
      this.#keys.delete(key);
      this.#prefixes.set(largest, mark);
    }
  }
}
