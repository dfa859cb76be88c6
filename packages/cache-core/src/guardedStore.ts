import { CacheError, isCacheError } from './cacheError';
import { attempt, isPromise } from './awaitable';
import type { Awaitable } from './awaitable';
import { decodeValue } from './codec';
import { countBytes } from './countBytes';
import { createDeadlines, createRace } from './deadlines';
import type { Deadlines, Race } from './deadlines';
import type { CacheDriver, DriverHost } from './driver';
import { withHeader, withoutHeader } from './entryHeader';
import type { JsonValue } from './jsonValue';
import type { CacheObserver, CacheOperation } from './observer';
import { Read, Write } from './operation';
import type { Operation } from './operation';
import { createReadBatches } from './readBatches';
import type { ReadBatches } from './readBatches';
import { createStaleKeys } from './staleKeys';
import type { PluginKeys, StaleKeys } from './staleKeys';
import { createStoreHealth } from './storeHealth';
import type { StoreHealth } from './storeHealth';
import { createWritesUnderWay } from './writesUnderWay';
import type { WritesUnderWay } from './writesUnderWay';

/** Longest time that a driver may take to close. */
const CLOSE_TIMEOUT_MS = 2000;
/** Bounds what a store that has gone silent can hold until the breaker opens. */
const MAX_IN_FLIGHT = 20_000;
const MAX_CHARACTERS_IN_FLIGHT = 128 * 1024 * 1024;

/** A driver that is never in the way: every operation settles in time, and no fault of the store rejects or throws. */
export interface GuardedStore {
  /** The decoded value; `undefined` when absent, on any fault, and after `close`. */
  get(plugin: PluginKeys, key: string): Awaitable<JsonValue | undefined>;
  set(plugin: PluginKeys, key: string, text: string, ttlMs: number | undefined): Awaitable<void>;
  /** `operation` is what the plugin asked for: a `set` that is already expired is a delete here. */
  delete(plugin: PluginKeys, key: string, operation?: 'set' | 'delete'): Awaitable<void>;
  /** How many connections the driver has; `undefined` for one that has none to count. */
  connections(): number | undefined;
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

/**
 * An operation is sent, waits with the others that have no answer yet, and is ended once: by the answer, the error or the
 * deadline. What comes after that is ignored. Nothing waits for a driver that answers at once.
 */
class DriverGuard implements GuardedStore {
  readonly #store: string;
  readonly #driver: CacheDriver;
  readonly #readBatches: ReadBatches<Read> | undefined;
  readonly #observer: CacheObserver;
  readonly #verifyEntries: boolean;
  readonly #deadlines: Deadlines<Read | Write>;
  readonly #writesUnderWay: WritesUnderWay;
  readonly #race: Race;
  readonly #staleKeys: StaleKeys;
  readonly #health: StoreHealth;
  /** A key that was wanted while the store was away: in a cluster, whether one node answers says little about others. */
  #probeKey: string;
  #inFlight = 0;
  #charactersInFlight = 0;
  #writes = 0;
  #closing: Promise<void> | undefined;

  constructor(options: GuardedStoreOptions) {
    const { store, observer, createDriver, commandTimeoutMs } = options;
    this.#store = store;
    this.#observer = observer;
    this.#verifyEntries = options.verifyEntries;
    this.#deadlines = createDeadlines(commandTimeoutMs, (operation, error) => this.#fail(operation, error));
    this.#writesUnderWay = createWritesUnderWay(() => this.#deadlines.oldest);
    this.#race = createRace(commandTimeoutMs);
    this.#probeKey = options.probeKey;
    this.#staleKeys = createStaleKeys({
      remove: key => this.#remove(key),
      findClear: () => this.#driver.clear?.bind(this.#driver),
    });
    const probe = () => this.#race(attempt(() => this.#driver.get(this.#probeKey)));
    this.#health = createStoreHealth({ store, observer, staleKeys: this.#staleKeys, probe });
    this.#driver = createDriver(this.#health);
    const getMany = this.#driver.getMany?.bind(this.#driver);
    this.#readBatches =
      getMany &&
      createReadBatches(key => this.#driver.get(key), getMany, {
        sent: reads => this.#markSent(reads),
        answered: (read, text, atMs) => this.#answer(read, text, atMs),
        failed: (read, error) => this.#reject(read, error),
      });
  }

  get(plugin: PluginKeys, key: string): Awaitable<JsonValue | undefined> {
    if (!this.#health.takesReads || this.#isFull() || this.#staleKeys.has(plugin, key) || this.#closing) {
      this.#probeKey = key;
      this.#observe(plugin, 'get', 'bypass');
      return undefined;
    }
    if (this.#readBatches) {
      const read = new Read(plugin, 'get', key);
      this.#readBatches.add(read);
      return this.#enter(read);
    }
    const answer = attempt(() => this.#driver.get(key));
    if (!isPromise(answer)) return this.#hasRead(plugin, key, answer);
    const read = new Read(plugin, 'get', key);
    answer.then(
      text => this.#answer(read, text),
      (error: unknown) => this.#reject(read, error),
    );
    return this.#wait(read);
  }

  set(plugin: PluginKeys, key: string, text: string, ttlMs: number | undefined): Awaitable<void> {
    const send = () => {
      this.#observeSize(plugin, 'set', text);
      return this.#driver.set(key, this.#encode(key, text, ttlMs), ttlMs);
    };
    return this.#write(plugin, 'set', key, send, text.length);
  }

  delete(plugin: PluginKeys, key: string, operation: 'set' | 'delete' = 'delete'): Awaitable<void> {
    return this.#write(plugin, operation, key, () => this.#driver.delete(key));
  }

  connections(): number | undefined {
    return this.#driver.connections?.();
  }

  close(): Promise<void> {
    this.#health.stop();
    return (this.#closing ??= createRace(CLOSE_TIMEOUT_MS)(attempt(() => this.#driver.close())));
  }

  #write(
    plugin: PluginKeys,
    name: 'set' | 'delete',
    key: string,
    send: () => Awaitable<void>,
    characters = 0,
  ): Awaitable<void> {
    const number = ++this.#writes;
    if (this.#closing) {
      this.#observe(plugin, name, 'bypass');
      return undefined;
    }
    if (!this.#health.takesWrites || this.#isFull()) {
      this.#probeKey = key;
      this.#makeStale(plugin, key, number);
      this.#observe(plugin, name, 'bypass');
      return undefined;
    }
    let sent: Awaitable<void>;
    try {
      sent = send();
    } catch (error) {
      const write = new Write(plugin, name, key, characters, number);
      const result = this.#waitForWrite(write);
      // At once: the next write of the key must come after what this one leads to.
      this.#rejectWrite(write, error);
      return result;
    }
    if (!isPromise(sent)) {
      this.#staleKeys.replaced(key, number);
      this.#observe(plugin, name, 'ok');
      return undefined;
    }
    const write = new Write(plugin, name, key, characters, number);
    sent.then(
      () => this.#answer(write, undefined),
      (error: unknown) => this.#rejectWrite(write, error),
    );
    return this.#waitForWrite(write);
  }

  #isFull(): boolean {
    return this.#inFlight >= MAX_IN_FLIGHT || this.#charactersInFlight >= MAX_CHARACTERS_IN_FLIGHT;
  }

  #waitForWrite(write: Write): Promise<undefined> {
    this.#writesUnderWay.sent(write);
    return this.#wait(write);
  }

  #wait<Result>(operation: (Read | Write) & Operation<Result>): Promise<Result> {
    this.#deadlines.add(operation, performance.now());
    return this.#enter(operation);
  }

  /** The time of all reads of one round trip starts here, with one look at the clock, which costs a tenth of an operation. */
  #markSent(reads: readonly Read[]): void {
    const nowMs = performance.now();
    for (const read of reads) this.#deadlines.add(read, nowMs);
    this.#observer.onReadBatch?.({ store: this.#store, reads: reads.length });
  }

  #enter<Result>(operation: Operation<Result>): Promise<Result> {
    this.#inFlight++;
    this.#charactersInFlight += operation.characters;
    return operation.result();
  }

  #leave(operation: Read | Write): void {
    this.#inFlight--;
    this.#charactersInFlight -= operation.characters;
  }

  #answer(operation: Read | Write, text: string | undefined, atMs = performance.now()): void {
    if (!this.#deadlines.remove(operation)) return;
    const { plugin, name, key, startedAtMs } = operation;
    this.#leave(operation);
    this.#health.answered(atMs);
    if (operation instanceof Read) {
      operation.settle(this.#hasRead(plugin, key, text, atMs - startedAtMs));
    } else {
      this.#writesUnderWay.ended(operation);
      this.#staleKeys.replaced(key, operation.number);
      this.#observe(plugin, name, 'ok', atMs - startedAtMs);
      operation.settle(undefined);
    }
  }

  #reject(operation: Read | Write, cause: unknown): void {
    if (this.#deadlines.remove(operation)) this.#fail(operation, this.#toCacheError(cause));
  }

  #rejectWrite(write: Write, cause: unknown): void {
    const hasNoRoom = isCacheError(cause, 'CACHE_TOO_LARGE') || isCacheError(cause, 'CACHE_FULL');
    // A later write of the key replaces the old value, and must not be removed itself; and one whose deadline is over is stale.
    if (!hasNoRoom || this.#writesUnderWay.newestOf(write.key) !== write) return this.#reject(write, cause);
    // The store is fine, and the old value in it wrong from now on. Where its removal fails, the key stays stale.
    const removed = attempt(() => this.#driver.delete(write.key));
    if (!isPromise(removed)) return this.#rejectRemoved(write, cause);
    removed.then(
      () => this.#rejectRemoved(write, cause),
      () => this.#reject(write, cause),
    );
  }

  #rejectRemoved(write: Write, cause: unknown): void {
    if (!this.#deadlines.remove(write)) return;
    this.#staleKeys.replaced(write.key, write.number);
    this.#fail(write, this.#toCacheError(cause), false);
  }

  /** The end of an operation that nothing waits for any more: a miss, or a write that was not made. */
  #fail(operation: Read | Write, error: CacheError, leavesOldValue = true): void {
    const { plugin, name, key, startedAtMs } = operation;
    this.#leave(operation);
    this.#health.failed(error, startedAtMs);
    if (operation instanceof Write) {
      this.#writesUnderWay.ended(operation);
      if (leavesOldValue) this.#makeStale(plugin, key, operation.number);
    }
    this.#observe(plugin, name, 'error', performance.now() - startedAtMs, error);
    operation.settle(undefined);
  }

  #hasRead(plugin: PluginKeys, key: string, text: string | undefined, durationMs = 0): JsonValue | undefined {
    let value: JsonValue | undefined;
    try {
      if (text !== undefined) value = this.#decode(plugin, key, text);
    } catch (cause) {
      this.#observe(plugin, 'get', 'error', durationMs, this.#toCacheError(cause));
      return undefined;
    }
    this.#observe(plugin, 'get', value === undefined ? 'miss' : 'hit', durationMs);
    return value;
  }

  #makeStale(plugin: PluginKeys, key: string, write: number): void {
    this.#staleKeys.add(plugin, key, write);
    this.#health.hasStaleKeys();
  }

  /** Removes what a failed write has left, in time. */
  async #remove(key: string): Promise<void> {
    if (this.#writesUnderWay.newestOf(key)) throw new CacheError('CACHE_UNAVAILABLE', 'The key is being written');
    const startedAtMs = performance.now();
    this.#inFlight++;
    try {
      await this.#race(attempt(() => this.#driver.delete(key)));
      this.#health.answered(performance.now());
    } catch (cause) {
      const error = this.#toCacheError(cause);
      this.#health.failed(error, startedAtMs);
      throw error;
    } finally {
      this.#inFlight--;
    }
  }

  #encode(key: string, text: string, ttlMs: number | undefined): string {
    if (!this.#verifyEntries) return text;
    return withHeader(key, text, ttlMs === undefined ? undefined : Date.now() + ttlMs);
  }

  #decode(plugin: PluginKeys, key: string, text: string): JsonValue | undefined {
    const json = withoutHeader(key, text, this.#verifyEntries);
    if (json === undefined) return undefined;
    const value = decodeValue(json);
    this.#observeSize(plugin, 'get', json);
    return value;
  }

  #observeSize({ pluginId }: PluginKeys, operation: 'get' | 'set', json: string): void {
    const observer = this.#observer;
    observer.onValueSize?.({ store: this.#store, pluginId, operation, bytes: countBytes(json) });
  }

  #observe(
    { pluginId }: PluginKeys,
    operation: CacheOperation['operation'],
    result: CacheOperation['result'],
    durationMs = 0,
    error?: CacheError,
  ): void {
    if (!this.#observer.onOperation) return;
    const seen = { store: this.#store, pluginId, operation, result, durationMs };
    this.#observer.onOperation(error ? { ...seen, error } : seen);
  }

  #toCacheError(cause: unknown): CacheError {
    if (isCacheError(cause)) return cause;
    return new CacheError('CACHE_UNAVAILABLE', `The store '${this.#store}' failed in an unexpected way`, { cause });
  }
}
