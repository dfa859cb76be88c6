import { CacheError, isCacheError } from '../contract/cacheError';
import type { Awaitable } from '../contract/awaitable';
import type { CacheDriver, DriverHost } from '../contract/driver';
import type { JsonValue } from '../contract/jsonValue';
import type { CacheObserver, CacheOperation } from '../contract/observer';
import type { ClearedEntries, EntryFigures, EntryListOptions, EntryPage } from '../contract/storedEntry';
import type { PluginKeys } from '../keys/storedKey';
import type { Entry, Freshness } from '../values/entry';
import { isFresh } from '../values/entry';
import { createCheckedDriver } from './checkedDriver';
import type { CheckedDriver } from './checkedDriver';
import { createCircuitBreaker } from './circuitBreaker';
import type { CircuitBreaker } from './circuitBreaker';
import { createClears } from './clears';
import type { Clears } from './clears';
import { createDeadlines } from './deadlines';
import type { Deadlines } from './deadlines';
import { createDriverCalls } from './driverCalls';
import type { DriverCalls } from './driverCalls';
import { toDriverError } from './driverError';
import { createEntryCodec } from './entryCodec';
import type { EntryCodec } from './entryCodec';
import { createLeases } from './leases';
import type { Lease, Leases } from './leases';
import { createListings } from './listings';
import type { Listings } from './listings';
import { plainRead, Read, Write } from './operation';
import type { EntryRead, Operation, WriteSettled } from './operation';
import { attempt, isPromise } from './ownPromise';
import { createPluginClears } from './pluginClears';
import type { PluginClears } from './pluginClears';
import { createRace } from './race';
import { createReadBatches, createSizeEstimate } from './readBatches';
import type { ReadBatches } from './readBatches';
import { createRecovery } from './recovery';
import type { Recovery } from './recovery';
import { createSendWindow } from './sendWindow';
import type { SendWindow } from './sendWindow';
import { createStaleKeys } from './staleKeys';
import type { StaleKeys } from './staleKeys';
import { createWritesUnderWay } from './writesUnderWay';
import type { WritesUnderWay } from './writesUnderWay';

/** Maximum number of characters that one read counts for: the size of its value is only an estimate. */
const MAX_CHARACTERS_OF_READ = 64 * 1024;

/** A driver that cannot hold up a plugin: every operation settles in time, and no fault of the store makes it reject or throw. */
export interface DriverGuard {
  /** The decoded value; `undefined` when absent, on any fault, and after `close`. */
  get(plugin: PluginKeys, key: string): Awaitable<JsonValue | undefined>;
  /** Like `get`, but returns the entry with what is known about it, also when it is stale. */
  getEntry(plugin: PluginKeys, key: string, read: EntryRead): Awaitable<Entry | undefined>;
  /** `freshness`: for an entry that may be stale before its ttl ends. `settled`: called when the write ends, if a promise is returned. */
  set(
    plugin: PluginKeys,
    key: string,
    json: string,
    ttlMs: number | undefined,
    freshness?: Freshness,
    settled?: WriteSettled,
  ): Awaitable<void>;
  /** `operation`: what the plugin called; a `set` with an expired ttl deletes. `settled`: as for `set`. */
  delete(plugin: PluginKeys, key: string, operation?: 'set' | 'delete', settled?: WriteSettled): Awaitable<void>;
  /**
   * Removes all entries set before the call whose stored keys start with the prefix of the plugin. They are not read from now on; a removal
   * that fails is tried again. Rejects when the store cannot clear (CACHE_UNSUPPORTED), or refuses to; when too many clears wait
   * (CACHE_OVERLOADED); and with CACHE_TIMEOUT after 30 s, while the removal goes on.
   */
  clear(plugin: PluginKeys): Promise<void>;
  /** Whether the driver can keep leases. */
  readonly hasLeases: boolean;
  /**
   * Takes the lease of a key. `held`: another holder has it, or the store is too busy to be asked now. `undefined`: no lease is available,
   * because the store is away, silent or takes no writes.
   */
  takeLease(key: string, leaseMs: number): Promise<Lease | 'held' | undefined>;
  /**
   * Like `getEntry`, for an entry that another process may have written meanwhile. The observer is told only of an entry that is found.
   * `away`: the store has not answered, or may not be asked.
   */
  pollEntry(plugin: PluginKeys, key: string): Promise<Entry | 'away' | undefined>;
  /** Whether the store is away, so that no operation is sent. */
  readonly isAway: boolean;
  /** Whether a `get` of the key is sent to the store. */
  mayRead(key: string): boolean;
  /** Connections that the driver has; `undefined` for a store without any. */
  connections(): number | undefined;
  /** Idempotent, and settles in bounded time. Afterwards reads are misses and writes do nothing. */
  close(): Promise<void>;
}

/** Calls that operators make. Unlike operations of plugins they may reject. */
export interface OperatorGuard {
  /**
   * Like `clear` of {@link DriverGuard}, for a caller that wants to know the result: rejects with any fault, and at once while the store is
   * away or read-only. A removal that fails or skips servers is tried again all the same, unless the store
   * refuses to clear.
   */
  clearNow(plugin: PluginKeys, timeoutMs?: number): Promise<ClearedEntries>;
  /** The entries whose stored keys start with the prefix. */
  entries(prefix: string, options: EntryListOptions): AsyncGenerator<EntryPage, void>;
  /** The driver's counts for the prefix; `undefined` when it has none. */
  figuresOf(prefix: string): EntryFigures | undefined;
  /** Servers of the driver; none for a store without any. */
  servers(): readonly string[];
}

/** What {@link createDriverGuard} needs. */
export interface DriverGuardOptions {
  readonly store: string;
  readonly createDriver: (host: DriverHost) => CacheDriver;
  /** Key that a probe reads as long as no operation of a plugin was bypassed. */
  readonly probeKey: string;
  readonly commandTimeoutMs: number;
  readonly verifyEntries: boolean;
  readonly maxOverdueMs?: number | undefined;
  readonly observer: CacheObserver;
  /** Called when the store is available again. */
  readonly recovered?: () => void;
}

/** Creates the driver, and a guard around it. */
export function createDriverGuard(options: DriverGuardOptions): DriverGuard & OperatorGuard {
  return new Guard(options);
}

/**
 * The life of an operation: it bypasses the store while the breaker is open, waits in the backlog of the window in a burst, is sent, and
 * ends once: by the answer, an error or the deadline. An answer after the deadline is ignored. When a driver answers at once, without a
 * promise, an operation needs neither window nor deadline.
 */
class Guard implements DriverGuard, OperatorGuard {
  readonly #store: string;
  readonly #observer: CacheObserver;
  readonly #driver: CheckedDriver;
  readonly #entries: EntryCodec;
  readonly #breaker: CircuitBreaker;
  readonly #recovery: Recovery;
  readonly #staleKeys: StaleKeys;
  readonly #clears: Clears;
  readonly #pluginClears: PluginClears;
  readonly #calls: DriverCalls;
  readonly #window: SendWindow;
  readonly #deadlines: Deadlines<Read | Write>;
  readonly #listings: Listings;
  readonly #writesUnderWay: WritesUnderWay;
  readonly #readBatches: ReadBatches<Read> | undefined;
  readonly #leases: Leases | undefined;
  readonly #sizes = createSizeEstimate();
  /** The key that was bypassed last. A probe reads it, because in a cluster one node says little about the others. */
  #probeKey: string;
  #writes = 0;
  #closing: Promise<void> | undefined;

  constructor(options: DriverGuardOptions) {
    const { store, observer, commandTimeoutMs, verifyEntries, maxOverdueMs = Infinity } = options;
    const canClear = () => this.#driver.clear !== undefined;
    const isClosed = () => this.#closing !== undefined;
    this.#store = store;
    this.#observer = observer;
    this.#probeKey = options.probeKey;
    this.#deadlines = createDeadlines(commandTimeoutMs, (operation, error) => this.#fail(operation, error));
    this.#writesUnderWay = createWritesUnderWay(() => this.#deadlines.oldest);
    this.#clears = createClears({
      findClear: () => this.#driver.clear,
      writesEnded: prefix => this.#writesUnderWay.whenEnded(prefix),
      failed: (error, plugin) => this.#clearFailed(toDriverError(store, 'rejected clear', error), plugin),
    });
    this.#listings = createListings({
      store,
      findEntries: () => this.#driver.entries,
      isAway: () => this.isAway,
    });
    this.#staleKeys = createStaleKeys({
      remove: key => this.#remove(key),
      clears: this.#clears,
      canClear,
    });
    this.#window = createSendWindow({
      store,
      commandTimeoutMs,
      answeredAtMs: () => this.#breaker.answeredAtMs,
      send: (operation, nowMs) => this.#sendQueued(operation, nowMs),
      drop: (operation, error) => this.#end(operation, error),
    });
    const { recovered = () => {} } = options;
    this.#breaker = createCircuitBreaker({ store, observer, opened: () => this.#breakerOpened(), closed: recovered });
    const race = createRace(commandTimeoutMs);
    this.#recovery = createRecovery({
      store,
      observer,
      breaker: this.#breaker,
      staleKeys: this.#staleKeys,
      probe: () => race(this.#driver.get(this.#probeKey)),
    });
    this.#calls = createDriverCalls({
      store,
      observer,
      breaker: this.#breaker,
      window: this.#window,
      commandTimeoutMs,
      isClosed,
    });
    this.#pluginClears = createPluginClears({
      store,
      clears: this.#clears,
      breaker: this.#breaker,
      canClear,
      isClosed,
      begun: plugin => this.#clearBegun(plugin),
      left: () => this.#recovery.staleKeyAdded(),
      failed: (error, plugin) => this.#clearFailed(error, plugin),
    });
    this.#driver = this.#createDriver(options.createDriver);
    const readMethods = this.#driver.getMany ? 'get or getMany' : 'get';
    this.#entries = createEntryCodec({ store, observer, verifyEntries, maxOverdueMs, readMethods });
    this.#readBatches = this.#createReadBatches(this.#driver);
    this.#leases = this.#createLeases(this.#driver, commandTimeoutMs);
  }

  get(plugin: PluginKeys, key: string): Awaitable<JsonValue | undefined> {
    return this.#read(plugin, key, undefined) as Awaitable<JsonValue | undefined>;
  }

  getEntry(plugin: PluginKeys, key: string, read: EntryRead): Awaitable<Entry | undefined> {
    return this.#read(plugin, key, read) as Awaitable<Entry | undefined>;
  }

  set(
    plugin: PluginKeys,
    key: string,
    json: string,
    ttlMs: number | undefined,
    freshness?: Freshness,
    settled?: WriteSettled,
  ): Awaitable<void> {
    if (json.length > this.#sizes.characters) this.#sizes.found(json.length);
    if (ttlMs === undefined) this.#observer.onSetWithoutTtl?.({ store: this.#store, pluginId: plugin.pluginId });
    const send = () => this.#driver.set(key, this.#entries.encode(plugin, key, json, ttlMs, freshness), ttlMs);
    return this.#write(plugin, 'set', key, send, json.length, settled);
  }

  delete(
    plugin: PluginKeys,
    key: string,
    operation: 'set' | 'delete' = 'delete',
    settled?: WriteSettled,
  ): Awaitable<void> {
    return this.#write(plugin, operation, key, () => this.#driver.delete(key), 0, settled);
  }

  clear(plugin: PluginKeys): Promise<void> {
    return this.#pluginClears.clear(plugin);
  }

  clearNow(plugin: PluginKeys, timeoutMs?: number): Promise<ClearedEntries> {
    return this.#pluginClears.clearNow(plugin, timeoutMs);
  }

  entries(prefix: string, options: EntryListOptions): AsyncGenerator<EntryPage, void> {
    return this.#listings.list(prefix, options);
  }

  get hasLeases(): boolean {
    return this.#leases !== undefined;
  }

  async takeLease(key: string, leaseMs: number): Promise<Lease | 'held' | undefined> {
    const { allowsWrites, isSilent } = this.#breaker;
    if (!this.#leases || !allowsWrites || isSilent || this.#closing) return undefined;
    if (this.#window.isBusy) return 'held';
    if (!this.#clears.isEmpty) this.#clears.written(key);
    return this.#leases.take(key, leaseMs);
  }

  async pollEntry(plugin: PluginKeys, key: string): Promise<Entry | 'away' | undefined> {
    if (!this.mayRead(key)) return 'away';
    if (this.#window.isBusy) return undefined;
    const sentAtMs = performance.now();
    const found = await this.#calls.ask('get', () => this.#driver.get(key), plugin.pluginId);
    if (!found) return 'away';
    if (found.answer === undefined) return undefined;
    return this.#hasRead(plugin, key, found.answer, plainRead, performance.now() - sentAtMs) as Entry | undefined;
  }

  get isAway(): boolean {
    return !this.#breaker.allowsReads;
  }

  mayRead(key: string): boolean {
    return this.#breaker.allowsReads && !this.#staleKeys.has(key) && !this.#closing;
  }

  connections(): number | undefined {
    return this.#calls.tell('connections', () => this.#driver.connections());
  }

  figuresOf(prefix: string): EntryFigures | undefined {
    return this.#calls.tell('figuresOf', () => this.#driver.figuresOf?.(prefix));
  }

  servers(): readonly string[] {
    return this.#calls.tell('servers', () => this.#driver.servers()) ?? [];
  }

  close(): Promise<void> {
    this.#breaker.stop();
    this.#recovery.stop();
    this.#listings.close();
    this.#bypassWaiting();
    return (this.#closing ??= this.#driver.close());
  }

  #read(plugin: PluginKeys, key: string, entryRead: EntryRead | undefined): Awaitable<JsonValue | Entry | undefined> {
    if (!this.mayRead(key)) {
      this.#probeKey = key;
      this.#observe(plugin, 'get', 'bypass');
      return entryRead?.fallback;
    }
    if (this.#window.isBusy) {
      const read = this.#toRead(plugin, key, entryRead);
      const result = read.result();
      this.#queue(read);
      return result;
    }
    if (this.#readBatches) {
      const read = this.#toRead(plugin, key, entryRead);
      this.#readBatches.add(read);
      return this.#admit(read);
    }
    const answer = this.#driver.get(key);
    if (!isPromise(answer)) return this.#hasRead(plugin, key, answer, entryRead);
    const read = this.#toRead(plugin, key, entryRead);
    this.#listen(read, answer);
    this.#deadlines.add(read, performance.now());
    return this.#admit(read);
  }

  #createDriver(createDriver: DriverGuardOptions['createDriver']): CheckedDriver {
    const host = {
      connected: () => this.#recovery.driverConnected(),
      disconnected: (error: CacheError) => this.#breaker.open(error),
    };
    try {
      return createCheckedDriver(this.#store, host, createDriver);
    } catch (error) {
      this.#breaker.stop();
      this.#recovery.stop();
      throw error;
    }
  }

  #createReadBatches({ get, getMany }: CheckedDriver): ReadBatches<Read> | undefined {
    if (!getMany) return undefined;
    const events = {
      sent: (reads: readonly Read[]) => this.#batchSent(reads),
      answered: (read: Read, text: string | undefined, atMs: number) => this.#answer(read, text, atMs),
      failed: (read: Read, error: unknown) => this.#reject(read, error),
    };
    return createReadBatches(get, getMany, events, this.#sizes);
  }

  #createLeases({ get, add, delete: remove }: CheckedDriver, commandTimeoutMs: number): Leases | undefined {
    if (!add) return undefined;
    return createLeases({
      driver: { get, add, delete: remove },
      commandTimeoutMs,
      ask: (method, call) => this.#calls.ask(method, call),
    });
  }

  #breakerOpened(): void {
    this.#recovery.breakerOpened();
    this.#bypassWaiting();
  }

  #write(
    plugin: PluginKeys,
    name: 'set' | 'delete',
    key: string,
    send: () => Awaitable<void>,
    characters: number,
    settled: WriteSettled | undefined,
  ): Awaitable<void> {
    const number = ++this.#writes;
    if (this.#closing) {
      this.#observe(plugin, name, 'bypass');
      return undefined;
    }
    if (!this.#breaker.allowsWrites) {
      this.#probeKey = key;
      this.#makeStale(plugin, key, number, true);
      this.#observe(plugin, name, 'bypass');
      return undefined;
    }
    if (!this.#clears.isEmpty) this.#clears.written(key);
    if (this.#window.isBusy) {
      const write = new Write(plugin, name, key, characters, number, settled);
      const result = write.result();
      write.send = send;
      this.#queue(write);
      return result;
    }
    let sent: Awaitable<void>;
    try {
      sent = send();
    } catch (error) {
      const write = new Write(plugin, name, key, characters, number, settled);
      const result = this.#waitForWrite(write);
      // Synchronously: this write leads to a removal, and the next write of the key must be sent after that.
      this.#rejectWrite(write, error);
      return result;
    }
    if (!isPromise(sent)) {
      this.#staleKeys.replaced(key, number);
      this.#observe(plugin, name, 'ok');
      return undefined;
    }
    const write = new Write(plugin, name, key, characters, number, settled);
    this.#listen(write, sent);
    return this.#waitForWrite(write);
  }

  #waitForWrite(write: Write): Promise<undefined> {
    this.#writesUnderWay.sent(write);
    this.#deadlines.add(write, performance.now());
    return this.#admit(write);
  }

  #toRead(plugin: PluginKeys, key: string, entryRead: EntryRead | undefined): Read {
    return new Read(plugin, 'get', key, Math.min(this.#sizes.characters, MAX_CHARACTERS_OF_READ), entryRead);
  }

  /** Makes the operation wait, or ends it at once when too many wait already. */
  #queue(operation: Read | Write): void {
    const error = this.#window.queue(operation);
    if (error) this.#end(operation, error);
  }

  /** Sends an operation of the backlog. */
  #sendQueued(operation: Read | Write, nowMs: number): void {
    const { key } = operation;
    const isWanted = operation instanceof Read ? this.mayRead(key) : this.#breaker.allowsWrites;
    if (!isWanted) return this.#bypass(operation);
    this.#window.enter(operation.characters);
    if (operation instanceof Read && this.#readBatches) return this.#readBatches.add(operation);
    this.#deadlines.add(operation, operation.startedAtMs, nowMs);
    if (operation instanceof Write) return this.#sendWrite(operation);
    this.#listen(operation, this.#driver.get(key));
  }

  #sendWrite(write: Write): void {
    const { send = () => {} } = write;
    write.send = undefined;
    this.#writesUnderWay.sent(write);
    let sent: Awaitable<void>;
    try {
      sent = send();
    } catch (error) {
      return this.#rejectWrite(write, error);
    }
    this.#listen(write, sent);
  }

  /** Ends an operation without sending it, as the store is away. */
  #bypass(operation: Read | Write): void {
    const { plugin, name, key } = operation;
    // Not marked as issued in the outage: a burst that runs into an outage must not clear the plugin.
    if (operation instanceof Write) this.#makeStale(plugin, key, operation.number);
    this.#observe(plugin, name, 'bypass');
    settleUnanswered(operation);
  }

  #clearBegun({ keyPrefix }: PluginKeys): void {
    for (const waiting of this.#window.waiting()) {
      const { key } = waiting;
      // The clear was issued after this write, so the write becomes a delete.
      if (waiting instanceof Write && key.startsWith(keyPrefix)) waiting.send = () => this.#driver.delete(key);
    }
  }

  #clearFailed(error: CacheError, { pluginId }: PluginKeys): void {
    this.#calls.report('clear', error, pluginId);
  }

  #bypassWaiting(): void {
    for (const operation of this.#window.takeAll()) this.#bypass(operation);
  }

  #listen(operation: Read | Write, answer: Awaitable<string | undefined | void>): void {
    Promise.resolve(answer).then(
      text => this.#answer(operation, text as string | undefined),
      (error: unknown) =>
        operation instanceof Read ? this.#reject(operation, error) : this.#rejectWrite(operation, error),
    );
  }

  /** Reads the clock once for all reads of a round trip, because that costs a tenth of an operation. */
  #batchSent(reads: readonly Read[]): void {
    const nowMs = performance.now();
    for (const read of reads) this.#deadlines.add(read, read.startedAtMs || nowMs, nowMs);
    this.#observer.onReadBatch?.({ store: this.#store, reads: reads.length });
  }

  #admit<Result>(operation: Operation<Result>): Promise<Result> {
    this.#window.enter(operation.characters);
    return operation.result();
  }

  #answer(operation: Read | Write, text: string | undefined, atMs = performance.now()): void {
    if (!this.#deadlines.remove(operation)) return;
    const { plugin, name, key, startedAtMs } = operation;
    this.#window.leave(operation.characters);
    this.#breaker.answered(atMs);
    if (operation instanceof Read) {
      if (!this.#readBatches) this.#sizes.found(typeof text === 'string' ? text.length : 0);
      // A caller that joined this read after a write of its key had failed must not get the old value.
      const found = this.#staleKeys.has(key) ? undefined : text;
      operation.settle(this.#hasRead(plugin, key, found, operation.entryRead, atMs - startedAtMs));
    } else {
      this.#writesUnderWay.ended(operation);
      this.#staleKeys.replaced(key, operation.number);
      this.#observe(plugin, name, 'ok', atMs - startedAtMs);
      settleWrite(operation, true);
    }
  }

  #reject(operation: Read | Write, cause: unknown): void {
    if (this.#deadlines.remove(operation)) this.#fail(operation, this.#toCacheError(operation.name, cause));
  }

  #rejectWrite(write: Write, cause: unknown): void {
    const hasNoRoom = isCacheError(cause, 'CACHE_TOO_LARGE') || isCacheError(cause, 'CACHE_FULL');
    // A later write of the key replaces the old value and must not be removed. When the deadline of this write has expired, the key is
    // stale already.
    if (!hasNoRoom || this.#writesUnderWay.newestOf(write.key) !== write) return this.#reject(write, cause);
    // The store works, but its old value is outdated now. If the removal fails, the key becomes stale.
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
    this.#fail(write, this.#toCacheError(write.name, cause), false);
  }

  #fail(operation: Read | Write, error: CacheError, leavesOldValue = true): void {
    this.#window.leave(operation.characters);
    this.#end(operation, error, leavesOldValue);
  }

  /** Ends an operation with an error: a miss, or a write that was not made. */
  #end(operation: Read | Write, error: CacheError, leavesOldValue = true): void {
    const { plugin, name, key } = operation;
    const startedAtMs = operation.startedAtMs || operation.queuedAtMs;
    this.#breaker.failed(error, startedAtMs);
    if (operation instanceof Write) {
      this.#writesUnderWay.ended(operation);
      if (leavesOldValue) this.#makeStale(plugin, key, operation.number);
    }
    this.#observe(plugin, name, 'error', startedAtMs && performance.now() - startedAtMs, error);
    settleUnanswered(operation);
  }

  #hasRead(
    plugin: PluginKeys,
    key: string,
    text: string | undefined,
    entryRead: EntryRead | undefined,
    durationMs = 0,
  ): JsonValue | Entry | undefined {
    let found: JsonValue | Entry | undefined;
    let result: 'hit' | 'stale' | 'miss' = 'miss';
    try {
      if (text !== undefined && entryRead) {
        const entry = this.#entries.decodeEntry(plugin, key, text, durationMs, entryRead.copies);
        if (isFresh(entry)) result = 'hit';
        else if (entry && !entryRead.isFreshOnly) result = 'stale';
        found = entry;
      } else if (text !== undefined) {
        found = this.#entries.decode(plugin, key, text, durationMs);
        if (found !== undefined) result = 'hit';
      }
    } catch (cause) {
      this.#observe(plugin, 'get', 'error', durationMs, this.#toCacheError('get', cause));
      return undefined;
    }
    this.#observe(plugin, 'get', result, durationMs);
    return found;
  }

  #makeStale(plugin: PluginKeys, key: string, write: number, issuedInOutage = false): void {
    this.#staleKeys.add(plugin, key, write, issuedInOutage);
    this.#recovery.staleKeyAdded();
  }

  /** Removes the old value under a stale key. */
  async #remove(key: string): Promise<void> {
    // The removal is tried again later; nobody sees this error.
    if (this.#writesUnderWay.newestOf(key)) throw new CacheError('CACHE_UNAVAILABLE', 'The key is being written');
    await this.#calls.send('delete', () => this.#driver.delete(key));
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

  #toCacheError(method: CacheOperation['operation'], cause: unknown): CacheError {
    return toDriverError(this.#store, `rejected ${method}`, cause);
  }
}

function settleUnanswered(operation: Read | Write): void {
  if (operation instanceof Read) return operation.settle(operation.entryRead?.fallback);
  settleWrite(operation, false);
}

function settleWrite(write: Write, isAcknowledged: boolean): void {
  write.settled?.(isAcknowledged);
  write.settle(undefined);
}
