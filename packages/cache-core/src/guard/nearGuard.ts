import type { Awaitable } from '../contract/awaitable';
import type { JsonValue } from '../contract/jsonValue';
import type { CacheObserver } from '../contract/observer';
import type { ClearedEntries } from '../contract/storedEntry';
import type { PluginKeys } from '../keys/storedKey';
import type { NearCache } from '../near/nearCache';
import { isFresh } from '../values/entry';
import type { Entry, Freshness } from '../values/entry';
import type { DriverGuard } from './driverGuard';
import type { Lease } from './leases';
import type { EntryRead } from './operation';
import { isPromise } from './ownPromise';

/** What {@link createNearGuard} needs. */
export interface NearGuardOptions {
  readonly store: string;
  readonly guard: DriverGuard;
  /** Shared by the guards of all plugins. */
  readonly near: NearCache;
  /** A copy is served while the store was asked for it less than this ago, in ms. */
  readonly maxStalenessMs: number;
  readonly observer: CacheObserver;
}

/** The guard of plugins with a near cache: what was read or set a moment ago is answered without asking the store. */
export function createNearGuard(options: NearGuardOptions): DriverGuard {
  return new NearGuard(options);
}

const freshRead: EntryRead = { isFreshOnly: true };

class NearGuard implements DriverGuard {
  readonly #store: string;
  readonly #guard: DriverGuard;
  readonly #near: NearCache;
  readonly #maxStalenessMs: number;
  readonly #observer: CacheObserver;

  constructor({ store, guard, near, maxStalenessMs, observer }: NearGuardOptions) {
    this.#store = store;
    this.#guard = guard;
    this.#near = near;
    this.#maxStalenessMs = maxStalenessMs;
    this.#observer = observer;
  }

  get(plugin: PluginKeys, key: string): Awaitable<JsonValue | undefined> {
    const entry = this.#find(plugin, key, false);
    if (entry) return entry.value.take();
    if (this.#near.isStoreInProcess) return this.#pass(this.#guard.get(plugin, key));
    const reading = this.#read(plugin, key, freshRead);
    return isPromise(reading) ? reading.then(toFreshValue) : toFreshValue(reading);
  }

  getEntry(plugin: PluginKeys, key: string, read: EntryRead): Awaitable<Entry | undefined> {
    const entry = this.#find(plugin, key, read.copies !== undefined);
    if (entry) {
      const { value, freshUntilMs, staleUntilMs, metaJson } = entry;
      return { value, freshUntilMs, staleUntilMs, metaJson, isNear: true };
    }
    if (this.#near.isStoreInProcess) return this.#pass(this.#guard.getEntry(plugin, key, read));
    return this.#read(plugin, key, read);
  }

  set(
    plugin: PluginKeys,
    key: string,
    json: string,
    ttlMs: number | undefined,
    freshness?: Freshness,
  ): Awaitable<void> {
    const near = this.#near;
    near.written(key);
    if (near.isStoreInProcess) {
      return this.#pass(this.#guard.set(plugin, key, json, ttlMs, freshness, () => near.written(key)));
    }
    const asked = near.isSetKept() ? near.ask(key, Math.min(this.#maxStalenessMs, ttlMs ?? Infinity)) : undefined;
    const settled = (isAcknowledged: boolean) => {
      if (asked && isAcknowledged) return near.acknowledged(asked, json, freshness);
      if (asked) near.failed(asked);
      near.written(key);
    };
    const sending = this.#guard.set(plugin, key, json, ttlMs, freshness, settled);
    // The set was not sent, or a store in the process has taken it.
    if (!isPromise(sending)) settled(false);
    return sending;
  }

  delete(plugin: PluginKeys, key: string, operation?: 'set' | 'delete'): Awaitable<void> {
    const near = this.#near;
    near.written(key);
    return this.#guard.delete(plugin, key, operation, () => near.written(key));
  }

  clear(plugin: PluginKeys): Promise<void> {
    return clearNear(this.#near, plugin.keyPrefix, () => this.#guard.clear(plugin));
  }

  get hasLeases(): boolean {
    return this.#guard.hasLeases;
  }

  takeLease(key: string, leaseMs: number): Promise<Lease | 'held' | undefined> {
    return this.#guard.takeLease(key, leaseMs);
  }

  /** Always asks the store: another process is about to write. */
  async pollEntry(plugin: PluginKeys, key: string): Promise<Entry | 'away' | undefined> {
    if (this.#near.isStoreInProcess) return this.#guard.pollEntry(plugin, key);
    const asked = this.#near.ask(key, this.#maxStalenessMs);
    const found = await this.#guard.pollEntry(plugin, key);
    if (found === 'away') this.#near.failed(asked);
    else this.#near.answered(asked, found);
    return found;
  }

  get isAway(): boolean {
    return this.#guard.isAway;
  }

  mayRead(key: string): boolean {
    return this.#guard.mayRead(key);
  }

  connections(): number | undefined {
    return this.#guard.connections();
  }

  close(): Promise<void> {
    this.#near.close();
    return this.#guard.close();
  }

  #find({ pluginId }: PluginKeys, key: string, frozen: boolean): Entry | undefined {
    const entry = this.#near.find(key, frozen);
    if (entry) {
      this.#observer.onOperation?.({
        store: this.#store,
        pluginId,
        operation: 'get',
        result: 'near',
        durationMs: 0,
      });
    }
    return entry;
  }

  #read(plugin: PluginKeys, key: string, read: EntryRead): Awaitable<Entry | undefined> {
    const near = this.#near;
    const asked = near.ask(key, this.#maxStalenessMs);
    const reading = this.#guard.getEntry(plugin, key, read);
    if (isPromise(reading)) {
      return reading.then(entry => {
        near.answered(asked, entry);
        return entry;
      });
    }
    near.failed(asked);
    near.isStoreInProcess = this.#guard.mayRead(key);
    return reading;
  }

  /** A store in the process answers at once, so copies would gain nothing. A promise shows that the store is not in the process. */
  #pass<Answer>(answer: Awaitable<Answer>): Awaitable<Answer> {
    if (isPromise(answer)) this.#near.isStoreInProcess = false;
    return answer;
  }
}

/** Keeps copies of removed entries from being served: neither during the clear, nor from reads that were sent before it ended. */
export async function clearNear<Result extends ClearedEntries | void>(
  near: NearCache,
  keyPrefix: string,
  clear: () => Promise<Result>,
): Promise<Result> {
  near.cleared(keyPrefix);
  try {
    return await clear();
  } finally {
    near.cleared(keyPrefix);
  }
}

function toFreshValue(entry: Entry | undefined): JsonValue | undefined {
  return isFresh(entry) ? entry.value.take() : undefined;
}
