import type { CacheDriver } from '../contract/driver';
import type { ClearedEntries, ClearOptions } from '../contract/storedEntry';
import type { PluginKeys } from '../keys/storedKey';
import { attempt } from './ownPromise';
import { createRace } from './race';

/** Longest time for a removal, which scans the whole store. */
const REMOVAL_TIMEOUT_MS = 5 * 60_000;
/** Maximum number of prefixes that wait for their removal: each read checks all of them. */
const MAX_CLEARS = 1000;
/** Maximum number of keys that one clear remembers as set since it began. Later ones are misses until it has ended. */
const MAX_KEYS_SET_SINCE = 100_000;

/**
 * The clears that have begun and not ended, by the prefix of their keys. A clear takes effect for this process when it begins: its keys are
 * not read until they are removed, except those that were set since, which no removal touches. A clear that fails is tried again.
 */
export interface Clears {
  readonly isEmpty: boolean;
  /** Ids of the plugins that have keys to be removed. */
  readonly pluginIds: readonly string[];
  /** Begins a clear of everything written under the prefix so far. Returns false when too many clears wait already. */
  begin(plugin: PluginKeys): boolean;
  /** Whether the key may still have an entry from before a clear. */
  covers(key: string): boolean;
  /** Whether the keys of the plugin are being removed right now. */
  isRemoving(plugin: PluginKeys): boolean;
  /** Notes that the key is set or deleted now, so that the clears that have begun leave it alone. */
  written(key: string): void;
  /**
   * Removes what the plugin's clear covers now. Removals run one at a time, because each scans the whole store. Rejects when the removal
   * fails. With `allowsUnreached` it resolves when it is done with the servers that can be asked; what the others hold is still to be
   * removed.
   */
  remove(plugin: PluginKeys, options?: ClearOptions): Promise<ClearedEntries>;
  /** Starts a removal for each clear that has none, neither running nor waiting. */
  removeRest(): void;
  /** Drops a clear whose caller is told that it failed. Returns false, and drops nothing, when several calls share the clear. */
  abandon(plugin: PluginKeys): boolean;
}

/** What {@link createClears} needs. */
export interface ClearsOptions {
  /** The store's `clear`, if it has one. */
  readonly findClear: () => CacheDriver['clear'];
  /** Resolves when the writes already sent for these keys have ended: one that arrives after the removal would survive it. */
  readonly writesEnded: (prefix: string) => Promise<void> | undefined;
  /** Called when a removal that nobody waits for has failed; it is tried again. */
  readonly failed: (error: unknown, plugin: PluginKeys) => void;
}

export function createClears(options: ClearsOptions): Clears {
  return new ClearList(options);
}

class Clear {
  /** Number of `begin` calls that share this clear. */
  epoch = 0;
  keysSetSince = new Set<string>();
  /** The waiting removal, which will cover everything written so far. */
  next: Promise<ClearedEntries> | undefined;
  /** Whether `next` may skip servers that it cannot ask. */
  allowsUnreached = false;
  isRemoving = false;

  constructor(readonly plugin: PluginKeys) {}
}

class ClearList implements Clears {
  readonly #options: ClearsOptions;
  readonly #race = createRace(REMOVAL_TIMEOUT_MS);
  readonly #clears = new Map<string, Clear>();
  /** Settles when all removals so far have ended. Never rejects. */
  #removals: Promise<void> = Promise.resolve();

  constructor(options: ClearsOptions) {
    this.#options = options;
  }

  get isEmpty(): boolean {
    return this.#clears.size === 0;
  }

  get pluginIds(): readonly string[] {
    return [...new Set([...this.#clears.values()].map(({ plugin }) => plugin.pluginId))];
  }

  begin(plugin: PluginKeys): boolean {
    const begun = this.#clears.get(plugin.keyPrefix);
    if (!begun && this.#clears.size >= MAX_CLEARS) return false;
    const clear = begun ?? new Clear(plugin);
    this.#clears.set(plugin.keyPrefix, clear);
    clear.epoch++;
    clear.keysSetSince = new Set();
    return true;
  }

  covers(key: string): boolean {
    for (const [prefix, { keysSetSince }] of this.#clears) {
      if (key.startsWith(prefix) && !keysSetSince.has(key)) return true;
    }
    return false;
  }

  isRemoving({ keyPrefix }: PluginKeys): boolean {
    return this.#clears.get(keyPrefix)?.isRemoving ?? false;
  }

  written(key: string): void {
    for (const [prefix, { keysSetSince }] of this.#clears) {
      if (key.startsWith(prefix) && keysSetSince.size < MAX_KEYS_SET_SINCE) keysSetSince.add(key);
    }
  }

  async remove({ keyPrefix }: PluginKeys, { allowsUnreached = false }: ClearOptions = {}): Promise<ClearedEntries> {
    const clear = this.#clears.get(keyPrefix);
    if (!clear) return {};
    clear.allowsUnreached ||= allowsUnreached;
    if (!clear.next) {
      clear.next = this.#removals.then(() => this.#removeNow(keyPrefix, clear));
      this.#removals = clear.next.then(
        () => {},
        () => {},
      );
    }
    return clear.next;
  }

  removeRest(): void {
    for (const { plugin, next, isRemoving } of this.#clears.values()) {
      if (!next && !isRemoving) this.remove(plugin).catch((error: unknown) => this.#options.failed(error, plugin));
    }
  }

  abandon({ keyPrefix }: PluginKeys): boolean {
    return this.#clears.get(keyPrefix)?.epoch === 1 && this.#clears.delete(keyPrefix);
  }

  async #removeNow(prefix: string, clear: Clear): Promise<ClearedEntries> {
    const { epoch, allowsUnreached } = clear;
    clear.next = undefined;
    clear.allowsUnreached = false;
    clear.isRemoving = true;
    const { findClear, writesEnded } = this.#options;
    try {
      await writesEnded(prefix);
      const wasSetSince = (key: string) => clear.keysSetSince.has(key);
      const cleared = await this.#race(attempt(() => findClear()?.(prefix, wasSetSince, { allowsUnreached })));
      const result = cleared ?? {};
      if (clear.epoch === epoch && !result.unreached) this.#clears.delete(prefix);
      return result;
    } finally {
      clear.isRemoving = false;
    }
  }
}
