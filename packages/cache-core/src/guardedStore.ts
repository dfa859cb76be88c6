import { CacheError, isCacheError } from './cacheError';
import { decodeValue } from './codec';
import { createDeadlines } from './deadlines';
import type { Deadlines } from './deadlines';
import type { CacheDriver } from './driver';
import { withHeader, withoutHeader } from './entryHeader';
import type { JsonValue } from './jsonValue';
import type { CacheObserver, CacheOperation } from './observer';

/** Longest time that a driver may take to close. */
const CLOSE_TIMEOUT_MS = 2000;

/** A driver that is never in the way: every operation settles in time, and no fault of the store rejects. */
export interface GuardedStore {
  /** The decoded value; `undefined` when absent, on any fault, and after `close`. */
  get(pluginId: string, key: string): Promise<JsonValue | undefined>;
  set(pluginId: string, key: string, text: string, ttlMs: number | undefined): Promise<void>;
  /** `operation` is what the plugin asked for: a `set` that is already expired is a delete here. */
  delete(pluginId: string, key: string, operation?: 'set' | 'delete'): Promise<void>;
  /** Idempotent, bounded. Afterwards reads are misses and writes do nothing. */
  close(): Promise<void>;
}

export function createGuardedStore(options: {
  readonly store: string;
  readonly driver: CacheDriver;
  readonly commandTimeoutMs: number;
  readonly verifyEntries: boolean;
  readonly observer: CacheObserver;
}): GuardedStore {
  return new DriverGuard(options);
}

class DriverGuard implements GuardedStore {
  readonly #store: string;
  readonly #driver: CacheDriver;
  readonly #observer: CacheObserver;
  readonly #deadlines: Deadlines;
  readonly #verifyEntries: boolean;
  #closing: Promise<void> | undefined;

  constructor(options: Parameters<typeof createGuardedStore>[0]) {
    this.#store = options.store;
    this.#driver = options.driver;
    this.#observer = options.observer;
    this.#deadlines = createDeadlines(options.commandTimeoutMs);
    this.#verifyEntries = options.verifyEntries;
  }

  async get(pluginId: string, key: string): Promise<JsonValue | undefined> {
    const startedAtMs = performance.now();
    if (this.#closing) {
      this.#observe(pluginId, 'get', 'bypass', startedAtMs);
      return undefined;
    }
    let value: JsonValue | undefined;
    try {
      const text = await this.#deadlines.race(this.#driver.get(key));
      if (text !== undefined) value = this.#decode(key, text);
    } catch (error) {
      this.#observe(pluginId, 'get', 'error', startedAtMs, error);
      return undefined;
    }
    this.#observe(pluginId, 'get', value === undefined ? 'miss' : 'hit', startedAtMs);
    return value;
  }

  async set(pluginId: string, key: string, text: string, ttlMs: number | undefined): Promise<void> {
    await this.#write(pluginId, 'set', async () => {
      try {
        await this.#driver.set(key, this.#encode(key, text, ttlMs), ttlMs);
      } catch (error) {
        // The old value would be wrong from now on.
        if (isCacheError(error, 'CACHE_TOO_LARGE')) await this.#driver.delete(key);
        throw error;
      }
    });
  }

  async delete(pluginId: string, key: string, operation: 'set' | 'delete' = 'delete'): Promise<void> {
    await this.#write(pluginId, operation, () => this.#driver.delete(key));
  }

  async #write(pluginId: string, operation: 'set' | 'delete', write: () => Promise<void>): Promise<void> {
    const startedAtMs = performance.now();
    if (this.#closing) {
      this.#observe(pluginId, operation, 'bypass', startedAtMs);
      return;
    }
    try {
      await this.#deadlines.race(write());
    } catch (error) {
      this.#observe(pluginId, operation, 'error', startedAtMs, error);
      return;
    }
    this.#observe(pluginId, operation, 'ok', startedAtMs);
  }

  close(): Promise<void> {
    return (this.#closing ??= createDeadlines(CLOSE_TIMEOUT_MS).race((async () => this.#driver.close())()));
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
    pluginId: string,
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
