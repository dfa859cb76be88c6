import type { Awaitable } from '../contract/awaitable';
import type { JsonValue } from '../contract/jsonValue';
import type { KeyCache } from '../keys/keyCache';
import { toLeaseKey } from '../keys/leaseKey';
import { toNamespaceKeys } from '../keys/namespacePart';
import type { PluginKeys } from '../keys/storedKey';
import { toAskTime } from '../near/askTime';
import type { AskTime } from '../near/askTime';
import type { NearCopies } from '../near/nearCopies';
import { isFresh, toPlainEntry } from '../values/entry';
import type { Entry } from '../values/entry';
import type { SharedValue } from '../values/sharedValue';
import type { DriverGuard } from '../guard/driverGuard';
import { plainRead } from '../guard/operation';
import type { EntryRead } from '../guard/operation';
import { isPromise } from '../guard/ownPromise';
import type { EntryStore, LeaseStore } from './entryStore';
import type { Flights } from './flights';
import type { LookupEvents } from './lookupEvents';
import type { Shield } from './shield';

/** What the caches of all plugins share: one store, and the flights and copies in this process. */
export interface PluginCaches {
  readonly guard: DriverGuard;
  readonly keyCache: KeyCache;
  readonly flights: Flights;
  readonly eventsOf: (pluginId: string) => LookupEvents;
  readonly copies: NearCopies;
  readonly shield: Shield;
  /** Maximum staleness of the near cache, in ms; absent without a near cache. */
  readonly maxStalenessMs?: number;
}

/** Keeps the entries of a plugin in Greenroom's own store. The guard keeps the writes of a key in order. */
export function createPluginStore(plugin: PluginKeys, caches: PluginCaches): EntryStore {
  return new PluginStore(plugin, caches, caches.eventsOf(plugin.pluginId));
}

class PluginStore implements EntryStore {
  readonly events: LookupEvents;
  readonly #plugin: PluginKeys;
  readonly #caches: PluginCaches;
  readonly #leases: LeaseStore;
  readonly #frozenRead: EntryRead;

  constructor(plugin: PluginKeys, caches: PluginCaches, events: LookupEvents) {
    this.#plugin = plugin;
    this.#caches = caches;
    this.events = events;
    this.#leases = {
      events,
      take: (key, leaseMs) => caches.guard.takeLease(toLeaseKey(plugin, key), leaseMs),
      poll: key => caches.guard.pollEntry(plugin, key),
    };
    this.#frozenRead = { copies: caches.copies };
  }

  get maxTtlMs(): number | undefined {
    return this.#plugin.rules?.maxTtlMs;
  }

  toKey(key: string): string {
    const { keyPrefix, maxKeyBytes } = this.#plugin;
    return this.#caches.keyCache.toStoredKey(keyPrefix, key, maxKeyBytes);
  }

  get(key: string, frozen: boolean): Awaitable<JsonValue | undefined> {
    const { guard, copies } = this.#caches;
    if (!frozen) return guard.get(this.#plugin, key);
    const reading = guard.getEntry(this.#plugin, key, { copies, isFreshOnly: true });
    return isPromise(reading) ? reading.then(toFrozenValue) : toFrozenValue(reading);
  }

  read(key: string, frozen: boolean): Awaitable<Entry | undefined> {
    const { guard, shield } = this.#caches;
    const fallback = shield.find(key);
    if (fallback) return this.#readShielded(key, frozen, fallback);
    return guard.getEntry(this.#plugin, key, frozen ? this.#frozenRead : plainRead);
  }

  async #readShielded(key: string, frozen: boolean, fallback: Entry): Promise<Entry | undefined> {
    const { guard, copies, shield } = this.#caches;
    const entry = await guard.getEntry(this.#plugin, key, { copies: frozen ? copies : undefined, fallback });
    // The store has answered, so the shielded entry is obsolete.
    if (entry !== fallback) shield.drop(key);
    return entry;
  }

  askTime(): AskTime | undefined {
    const { maxStalenessMs } = this.#caches;
    return maxStalenessMs === undefined ? undefined : toAskTime(maxStalenessMs);
  }

  /** The guard sends the reads of one turn of the event loop in one round trip. */
  readMany(keys: readonly string[], frozen: boolean): Promise<readonly (Entry | undefined)[]> {
    return Promise.all(keys.map(async key => this.read(key, frozen)));
  }

  freeze(key: string, value: SharedValue): JsonValue {
    // A value that is frozen already was kept when it was frozen.
    if (value.frozenBytes > 0) return value.frozen();
    const { copies } = this.#caches;
    const copy = copies.find(key);
    if (copy?.entry?.value.json === value.json) {
      const frozen = copy.entry.value.frozen();
      copies.keep(key, copy);
      return frozen;
    }
    const frozen = value.frozen();
    copies.keep(key, { text: undefined, entry: toPlainEntry(value), isShield: false, changes: 0 });
    return frozen;
  }

  write(key: string, entry: Entry, ttlMs: number | undefined): Awaitable<void> {
    this.#caches.shield.drop(key);
    return this.#send(key, entry, ttlMs);
  }

  async writeLoaded(
    key: string,
    entry: Entry,
    ttlMs: number | undefined,
    isForced: boolean,
    isWanted: () => boolean,
  ): Promise<void> {
    const { guard, shield } = this.#caches;
    // While the store is away, a write only marks the key as stale, so that its old entry is removed later. Only a forced load needs
    // that. After other loads, the old entry may be read again when the store is back.
    if (!guard.isAway || isForced) await this.#send(key, entry, ttlMs);
    if (!guard.mayRead(key) && isWanted()) shield.keep(key, entry);
  }

  #send(key: string, { value, ...freshness }: Entry, ttlMs: number | undefined): Awaitable<void> {
    const { freshUntilMs, staleUntilMs, metaJson } = freshness;
    const isPlain = freshUntilMs === staleUntilMs && metaJson === undefined;
    const storedMs = ttlMs === Infinity ? undefined : ttlMs;
    return this.#caches.guard.set(this.#plugin, key, value.json, storedMs, isPlain ? undefined : freshness);
  }

  remove(key: string): Awaitable<void> {
    this.#caches.shield.drop(key);
    return this.#caches.guard.delete(this.#plugin, key, 'set');
  }

  delete(key: string): Awaitable<void> {
    this.#caches.shield.drop(key);
    return this.#caches.guard.delete(this.#plugin, key);
  }

  async clear(): Promise<void> {
    const { guard, flights, shield } = this.#caches;
    // From this call on, none of the entries that are to be removed is read.
    const cleared = guard.clear(this.#plugin);
    flights.detachAll(this.#plugin.keyPrefix);
    shield.dropAll(this.#plugin.keyPrefix);
    await cleared;
  }

  get leases(): LeaseStore | undefined {
    return this.#caches.guard.hasLeases ? this.#leases : undefined;
  }

  inNamespace(name: string): EntryStore {
    return new PluginStore(toNamespaceKeys(this.#plugin, name), this.#caches, this.events);
  }
}

function toFrozenValue(entry: Entry | undefined): JsonValue | undefined {
  return isFresh(entry) ? entry.value.frozen() : undefined;
}
