import type { Awaitable } from '../contract/awaitable';
import type { JsonValue } from '../contract/jsonValue';
import type { KeyCache } from '../keys/keyCache';
import { toLeaseKey } from '../keys/leaseKey';
import { toNamespaceKeys } from '../keys/namespacePart';
import type { PluginKeys } from '../keys/storedKey';
import type { Entry } from '../values/entry';
import type { DriverGuard } from '../guard/driverGuard';
import type { EntryStore, LeaseStore } from './entryStore';
import type { Flights } from './flights';
import type { LookupEvents } from './lookupEvents';

/** What the caches of all plugins share: one store, and what is in flight. */
export interface PluginCaches {
  readonly guard: DriverGuard;
  readonly keyCache: KeyCache;
  readonly flights: Flights;
  readonly eventsOf: (pluginId: string) => LookupEvents;
}

/** The entries of a plugin in our own store. The guard keeps the order of the writes of a key. */
export function createPluginStore(plugin: PluginKeys, caches: PluginCaches): EntryStore {
  return new PluginStore(plugin, caches, caches.eventsOf(plugin.pluginId));
}

class PluginStore implements EntryStore {
  readonly events: LookupEvents;
  readonly #plugin: PluginKeys;
  readonly #caches: PluginCaches;
  readonly #leases: LeaseStore;

  constructor(plugin: PluginKeys, caches: PluginCaches, events: LookupEvents) {
    this.#plugin = plugin;
    this.#caches = caches;
    this.events = events;
    this.#leases = {
      events,
      take: (key, leaseMs) => caches.guard.takeLease(toLeaseKey(plugin, key), leaseMs),
      poll: key => caches.guard.pollEntry(plugin, key),
    };
  }

  toKey(key: string): string {
    const { keyPrefix, maxKeyBytes } = this.#plugin;
    return this.#caches.keyCache.toStoredKey(keyPrefix, key, maxKeyBytes);
  }

  get(key: string): Awaitable<JsonValue | undefined> {
    return this.#caches.guard.get(this.#plugin, key);
  }

  read(key: string): Awaitable<Entry | undefined> {
    return this.#caches.guard.getEntry(this.#plugin, key);
  }

  /** The guard sends the reads of one turn in one round trip. */
  readMany(keys: readonly string[]): Promise<readonly (Entry | undefined)[]> {
    return Promise.all(keys.map(async key => this.read(key)));
  }

  write(key: string, { value, ...freshness }: Entry, ttlMs: number | undefined): Awaitable<void> {
    const { freshUntilMs, staleUntilMs, metaJson } = freshness;
    const isPlain = freshUntilMs === staleUntilMs && metaJson === undefined;
    const storedMs = ttlMs === Infinity ? undefined : ttlMs;
    return this.#caches.guard.set(this.#plugin, key, value.json, storedMs, isPlain ? undefined : freshness);
  }

  remove(key: string): Awaitable<void> {
    return this.#caches.guard.delete(this.#plugin, key, 'set');
  }

  delete(key: string): Awaitable<void> {
    return this.#caches.guard.delete(this.#plugin, key);
  }

  async clear(): Promise<void> {
    const { guard, flights } = this.#caches;
    // From now on nothing is read of what is to be removed.
    const cleared = guard.clear(this.#plugin);
    flights.detachAll(this.#plugin.keyPrefix);
    await cleared;
  }

  get leases(): LeaseStore | undefined {
    return this.#caches.guard.hasLeases ? this.#leases : undefined;
  }

  inNamespace(name: string): EntryStore {
    return new PluginStore(toNamespaceKeys(this.#plugin, name), this.#caches, this.events);
  }
}
