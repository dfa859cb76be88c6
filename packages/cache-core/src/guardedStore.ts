import { CacheError, isCacheError } from './cacheError';
import { decodeValue } from './codec';
import { createDeadlines } from './deadlines';
import type { Deadlines } from './deadlines';
import type { CacheDriver, DriverHost } from './driver';
import { withHeader, withoutHeader } from './entryHeader';
import type { JsonValue } from './jsonValue';
import type { CacheObserver, CacheOperation } from './observer';
import { createReads } from './readBatches';
import { createStaleKeys } from './staleKeys';
import type { PluginKeys, StaleKeys } from './staleKeys';
import { createStoreHealth } from './storeHealth';
import type { StoreHealth } from './storeHealth';

/** Longest time that a driver may take to close. */
const CLOSE_TIMEOUT_MS = 2000;
/** Bounds what a store that has gone silent can hold until the breaker opens. */
const MAX_IN_FLIGHT = 20_000;
const MAX_CHARACTERS_IN_FLIGHT = 128 * 1024 * 1024;

/** A driver that is never in the way: every operation settles in time, and no fault of the store rejects. */
export interface GuardedStore {
  /** The decoded value; `undefined` when absent, on any fault, and after `close`. */
  get(plugin: PluginKeys, key: string): Promise<JsonValue | undefined>;
  set(plugin: PluginKeys, key: string, text: string, ttlMs: number | undefined): Promise<void>;
  /** `operation` is what the plugin asked for: a `set` that is already expired is a delete here. */
  delete(plugin: PluginKeys, key: string, operation?: 'set' | 'delete'): Promise<void>;
  /** Idempotent, bounded. Afterwards reads are misses and writes do nothing. */
  close(): Promise<void>;
}

/** What {@link createGuardedStore} needs. */
export interface GuardedStoreOptions {
  readonly store: string;
  readonly createDriver: (host: DriverHost) => CacheDriver;
  /** A key to read when no plugin has wanted any. */
  readonly probeKey: string;
  readonly commandTimeoutMs: number;
  readonly verifyEntries: boolean;
  readonly observer: CacheObserver;
}

/** Creates the driver. */
export function createGuardedStore(options: GuardedStoreOptions): GuardedStore {
  return new DriverGuard(options);
}

class DriverGuard implements GuardedStore {
  readonly #store: string;
  readonly #driver: CacheDriver;
  readonly #read: (key: string) => Promise<string | undefined>;
  readonly #observer: CacheObserver;
  readonly #verifyEntries: boolean;
  readonly #deadlines: Deadlines;
  readonly #staleKeys: StaleKeys;
  readonly #health: StoreHealth;
  /** A key that was wanted while the store was away: in a cluster, whether one node answers says little about others. */
  #probeKey: string;
  #inFlight = 0;
  #charactersInFlight = 0;
  #writes = 0;
  #closing: Promise<void> | undefined;

  constructor(options: GuardedStoreOptions) {
    const { store, observer, createDriver } = options;
    this.#store = store;
    this.#observer = observer;
    this.#verifyEntries = options.verifyEntries;
    this.#deadlines = createDeadlines(options.commandTimeoutMs);
    this.#probeKey = options.probeKey;
    this.#staleKeys = createStaleKeys({
      remove: key => this.#send(() => this.#driver.delete(key)),
      findClear: () => this.#driver.clear?.bind(this.#driver),
    });
    const probe = () => this.#deadlines.race(this.#driver.get(this.#probeKey));
    this.#health = createStoreHealth({ store, observer, staleKeys: this.#staleKeys, probe });
    this.#driver = createDriver(this.#health);
    this.#read = createReads(this.#driver);
  }

  async get(plugin: PluginKeys, key: string): Promise<JsonValue | undefined> {
    const startedAtMs = performance.now();
    if (!this.#health.takesReads || this.#isFull() || this.#staleKeys.has(plugin, key) || this.#closing) {
      this.#probeKey = key;
      this.#observe(plugin, 'get', 'bypass', startedAtMs);
      return undefined;
    }
    let value: JsonValue | undefined;
    try {
      const text = await this.#send(() => this.#read(key), startedAtMs);
      if (text !== undefined) value = this.#decode(key, text);
    } catch (error) {
      this.#observe(plugin, 'get', 'error', startedAtMs, error);
      return undefined;
    }
    this.#observe(plugin, 'get', value === undefined ? 'miss' : 'hit', startedAtMs);
    return value;
  }

  async set(plugin: PluginKeys, key: string, text: string, ttlMs: number | undefined): Promise<void> {
    const set = async () => {
      try {
        await this.#driver.set(key, this.#encode(key, text, ttlMs), ttlMs);
      } catch (error) {
        // The store is fine, and the old value in it wrong from now on. Where its removal fails, the key stays stale.
        const hasNoRoom = isCacheError(error, 'CACHE_TOO_LARGE') || isCacheError(error, 'CACHE_FULL');
        if (hasNoRoom) await Promise.allSettled([this.#driver.delete(key)]);
        throw error;
      }
    };
    await this.#write(plugin, 'set', key, set, text.length);
  }

  async delete(plugin: PluginKeys, key: string, operation: 'set' | 'delete' = 'delete'): Promise<void> {
    await this.#write(plugin, operation, key, () => this.#driver.delete(key));
  }

  close(): Promise<void> {
    this.#health.stop();
    return (this.#closing ??= createDeadlines(CLOSE_TIMEOUT_MS).race((async () => this.#driver.close())()));
  }

  async #write(
    plugin: PluginKeys,
    operation: 'set' | 'delete',
    key: string,
    run: () => Promise<void>,
    characters = 0,
  ): Promise<void> {
    const startedAtMs = performance.now();
    const write = ++this.#writes;
    if (this.#closing) {
      this.#observe(plugin, operation, 'bypass', startedAtMs);
      return;
    }
    if (!this.#health.takesWrites || this.#isFull()) {
      this.#probeKey = key;
      this.#makeStale(plugin, key, write);
      this.#observe(plugin, operation, 'bypass', startedAtMs);
      return;
    }
    try {
      await this.#send(run, startedAtMs, characters);
    } catch (error) {
      this.#makeStale(plugin, key, write);
      this.#observe(plugin, operation, 'error', startedAtMs, error);
      return;
    }
    this.#staleKeys.replaced(key, write);
    this.#observe(plugin, operation, 'ok', startedAtMs);
  }

  #makeStale(plugin: PluginKeys, key: string, write: number): void {
    this.#staleKeys.add(plugin, key, write);
    this.#health.hasStaleKeys();
  }

  #isFull(): boolean {
    return this.#inFlight >= MAX_IN_FLIGHT || this.#charactersInFlight >= MAX_CHARACTERS_IN_FLIGHT;
  }

  /** Rejects with a CacheError, in time. */
  async #send<T>(run: () => Promise<T>, startedAtMs = performance.now(), characters = 0): Promise<T> {
    this.#inFlight++;
    this.#charactersInFlight += characters;
    try {
      const result = await this.#deadlines.race(run());
      this.#health.answered(performance.now());
      return result;
    } catch (cause) {
      const error = this.#toCacheError(cause);
      this.#health.failed(error, startedAtMs);
      throw error;
    } finally {
      this.#inFlight--;
      this.#charactersInFlight -= characters;
    }
  }

  #encode(key: string, text: string, ttlMs: number | undefined): string {
    if (!this.#verifyEntries) return text;
    return withHeader(key, text, ttlMs === undefined ? undefined : Date.now() + ttlMs);
  }

  #decode(key: string, text: string): JsonValue | undefined {
    const json = withoutHeader(key, text, { nowMs: Date.now(), headerRequired: this.#verifyEntries });
    return json === undefined ? undefined : decodeValue(json);
  }

  #observe(
    { pluginId }: PluginKeys,
    operation: CacheOperation['operation'],
    result: CacheOperation['result'],
    startedAtMs: number,
    cause?: unknown,
  ): void {
    if (!this.#observer.onOperation) return;
    const durationMs = performance.now() - startedAtMs;
    const error = result === 'error' ? { error: this.#toCacheError(cause) } : {};
    this.#observer.onOperation({ store: this.#store, pluginId, operation, result, durationMs, ...error });
  }

  #toCacheError(cause: unknown): CacheError {
    if (isCacheError(cause)) return cause;
    return new CacheError('CACHE_UNAVAILABLE', `The store '${this.#store}' failed in an unexpected way`, { cause });
  }
}
