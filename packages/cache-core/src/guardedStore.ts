import { CacheError, isCacheError } from './cacheError';
import { attempt, isPromise } from './awaitable';
import type { Awaitable } from './awaitable';
import { decodeValue } from './codec';
import { countBytes } from './countBytes';
import { createDeadlines, createRace, Waiting } from './deadlines';
import type { Deadlines, Race } from './deadlines';
import type { CacheDriver, DriverHost } from './driver';
import { withHeader, withoutHeader } from './entryHeader';
import type { JsonValue } from './jsonValue';
import type { CacheObserver, CacheOperation } from './observer';
import { createReadBatches } from './readBatches';
import type { ReadBatches } from './readBatches';
import { createStaleKeys } from './staleKeys';
import type { PluginKeys, StaleKeys } from './staleKeys';
import { createStoreHealth } from './storeHealth';
import type { StoreHealth } from './storeHealth';

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

/** One operation of a plugin, from its start to its end. */
class Operation<Result> extends Waiting {
  readonly startedAtMs = performance.now();
  /** Settles what the plugin was given, when that is a promise. */
  settle: (result: Result) => void = () => {};

  constructor(
    readonly plugin: PluginKeys,
    readonly name: CacheOperation['operation'],
    readonly key: string,
  ) {
    super();
  }
}

class Read extends Operation<JsonValue | undefined> {
  readonly characters = 0;
}

class Write extends Operation<undefined> {
  constructor(
    plugin: PluginKeys,
    name: CacheOperation['operation'],
    key: string,
    readonly characters: number,
    /** Later writes have higher ones. */
    readonly number: number,
  ) {
    super(plugin, name, key);
  }
}

/**
 * An operation is sent, waits with the others that have no answer yet, and is ended once: by the answer, the error or the
 * deadline. What comes after that is ignored. A driver that answers at once makes none of it necessary.
 */
class DriverGuard implements GuardedStore {
  readonly #store: string;
  readonly #driver: CacheDriver;
  readonly #readBatches: ReadBatches<Read> | undefined;
  readonly #observer: CacheObserver;
  readonly #verifyEntries: boolean;
  readonly #deadlines: Deadlines<Read | Write>;
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
        sent: reads => observer.onReadBatch?.({ store, reads }),
        answered: (read, text, atMs) => this.#answer(read, text, atMs),
        failed: (read, error) => this.#reject(read, error),
      });
  }

  get(plugin: PluginKeys, key: string): Awaitable<JsonValue | undefined> {
    const read = new Read(plugin, 'get', key);
    if (!this.#health.takesReads || this.#isFull() || this.#staleKeys.has(plugin, key) || this.#closing) {
      this.#probeKey = key;
      this.#observe(read, 'bypass');
      return undefined;
    }
    if (this.#readBatches) {
      this.#readBatches.add(read);
      return this.#wait(read);
    }
    const answer = attempt(() => this.#driver.get(key));
    if (!isPromise(answer)) return this.#hasRead(read, answer);
    answer.then(
      text => this.#answer(read, text),
      (error: unknown) => this.#reject(read, error),
    );
    return this.#wait(read);
  }

  set(plugin: PluginKeys, key: string, text: string, ttlMs: number | undefined): Awaitable<void> {
    const write = new Write(plugin, 'set', key, text.length, ++this.#writes);
    return this.#write(write, () => {
      this.#observeSize(plugin, 'set', text);
      return this.#driver.set(key, this.#encode(key, text, ttlMs), ttlMs);
    });
  }

  delete(plugin: PluginKeys, key: string, operation: 'set' | 'delete' = 'delete'): Awaitable<void> {
    return this.#write(new Write(plugin, operation, key, 0, ++this.#writes), () => this.#driver.delete(key));
  }

  close(): Promise<void> {
    this.#health.stop();
    return (this.#closing ??= createRace(CLOSE_TIMEOUT_MS)(attempt(() => this.#driver.close())));
  }

  #write(write: Write, send: () => Awaitable<void>): Awaitable<void> {
    if (this.#closing) {
      this.#observe(write, 'bypass');
      return undefined;
    }
    if (!this.#health.takesWrites || this.#isFull()) {
      this.#probeKey = write.key;
      this.#makeStale(write);
      this.#observe(write, 'bypass');
      return undefined;
    }
    const sent = attempt(send);
    if (!isPromise(sent)) return this.#hasWritten(write);
    sent.then(
      () => this.#answer(write, undefined),
      (error: unknown) => void this.#rejectWrite(write, error),
    );
    return this.#wait(write);
  }

  #isFull(): boolean {
    return this.#inFlight >= MAX_IN_FLIGHT || this.#charactersInFlight >= MAX_CHARACTERS_IN_FLIGHT;
  }

  #wait(operation: Read): Promise<JsonValue | undefined>;
  #wait(operation: Write): Promise<undefined>;
  #wait(operation: Read | Write): Promise<JsonValue | undefined> {
    this.#inFlight++;
    this.#charactersInFlight += operation.characters;
    this.#deadlines.add(operation, operation.startedAtMs);
    return new Promise(resolve => {
      operation.settle = resolve;
    });
  }

  #leave(operation: Read | Write): void {
    this.#inFlight--;
    this.#charactersInFlight -= operation.characters;
  }

  #answer(operation: Read | Write, text: string | undefined, atMs = performance.now()): void {
    if (!this.#deadlines.remove(operation)) return;
    this.#leave(operation);
    this.#health.answered(atMs);
    if (operation instanceof Read) operation.settle(this.#hasRead(operation, text, atMs));
    else operation.settle(this.#hasWritten(operation, atMs));
  }

  #reject(operation: Read | Write, cause: unknown): void {
    if (this.#deadlines.remove(operation)) this.#fail(operation, this.#toCacheError(cause));
  }

  async #rejectWrite(write: Write, cause: unknown): Promise<void> {
    // The store is fine, and the old value in it wrong from now on. Where its removal fails, the key stays stale.
    const hasNoRoom = isCacheError(cause, 'CACHE_TOO_LARGE') || isCacheError(cause, 'CACHE_FULL');
    if (hasNoRoom) await Promise.allSettled([attempt(() => this.#driver.delete(write.key))]);
    this.#reject(write, cause);
  }

  /** The end of an operation that nothing waits for any more: a miss, or a write that was not made. */
  #fail(operation: Read | Write, error: CacheError): void {
    this.#leave(operation);
    this.#health.failed(error, operation.startedAtMs);
    if (operation instanceof Write) this.#makeStale(operation);
    this.#observe(operation, 'error', performance.now(), error);
    operation.settle(undefined);
  }

  #hasRead(read: Read, text: string | undefined, atMs = performance.now()): JsonValue | undefined {
    let value: JsonValue | undefined;
    try {
      if (text !== undefined) value = this.#decode(read, text);
    } catch (cause) {
      this.#observe(read, 'error', atMs, this.#toCacheError(cause));
      return undefined;
    }
    this.#observe(read, value === undefined ? 'miss' : 'hit', atMs);
    return value;
  }

  #hasWritten(write: Write, atMs = performance.now()): undefined {
    this.#staleKeys.replaced(write.key, write.number);
    this.#observe(write, 'ok', atMs);
  }

  #makeStale({ plugin, key, number }: Write): void {
    this.#staleKeys.add(plugin, key, number);
    this.#health.hasStaleKeys();
  }

  /** Removes what a failed write has left, in time. */
  async #remove(key: string): Promise<void> {
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

  #decode({ plugin, key }: Read, text: string): JsonValue | undefined {
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
    { plugin, name, startedAtMs }: Read | Write,
    result: CacheOperation['result'],
    atMs = performance.now(),
    error?: CacheError,
  ): void {
    const observer = this.#observer;
    if (!observer.onOperation) return;
    const durationMs = atMs - startedAtMs;
    const seen = { store: this.#store, pluginId: plugin.pluginId, operation: name, result, durationMs };
    observer.onOperation(error ? { ...seen, error } : seen);
  }

  #toCacheError(cause: unknown): CacheError {
    if (isCacheError(cause)) return cause;
    return new CacheError('CACHE_UNAVAILABLE', `The store '${this.#store}' failed in an unexpected way`, { cause });
  }
}
