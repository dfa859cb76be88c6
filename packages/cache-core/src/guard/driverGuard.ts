import { types } from 'node:util';
import { CacheError, isCacheError } from '../contract/cacheError';
import { attemptForeign, isPromise, toOwnPromise } from '../contract/awaitable';
import type { Awaitable } from '../contract/awaitable';
import { createBacklog } from './backlog';
import { decodeValue } from '../values/codec';
import { countBytes } from '../values/countBytes';
import { createDeadlines, createRace, toTimeoutError } from './deadlines';
import type { Deadlines, Race } from './deadlines';
import type { CacheDriver, DriverHost } from '../contract/driver';
import { toDriverError, toWrongAnswer } from './driverError';
import { overdueMsOf, withHeader, withoutHeader } from '../values/entryHeader';
import type { JsonValue } from '../contract/jsonValue';
import type { PluginKeys } from '../keys/storedKey';
import type { CacheObserver, CacheOperation, DriverFault } from '../contract/observer';
import { Read, Write } from './operation';
import type { Operation } from './operation';
import { createReadBatches, createSizeEstimate } from './readBatches';
import type { ReadBatches } from './readBatches';
import { createStaleKeys } from './staleKeys';
import type { StaleKeys } from './staleKeys';
import { createStoreHealth } from './storeHealth';
import type { StoreHealth } from './storeHealth';
import { createWritesUnderWay } from './writesUnderWay';
import type { WritesUnderWay } from './writesUnderWay';

/** Longest time that a driver may take to close. */
const CLOSE_TIMEOUT_MS = 2000;
/** What is under way at a time: so much is answered well within a deadline by any store that is alive. The rest waits for its turn. */
const MAX_IN_FLIGHT = 5000;
const MAX_CHARACTERS_IN_FLIGHT = 16 * 1024 * 1024;
/** What one read counts for at most: how large its value is, is an estimate. */
const MAX_CHARACTERS_OF_READ = 64 * 1024;
/** How long a burst may last, in times that one operation may be under way. What lasts longer is no burst: it is too much. */
const MAX_BURST_TIMEOUTS = 10;

/** A driver that is never in the way: every operation settles in time, and no fault of the store rejects or throws. */
export interface DriverGuard {
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

/** What {@link createDriverGuard} needs. */
export interface DriverGuardOptions {
  readonly store: string;
  readonly createDriver: (host: DriverHost) => CacheDriver;
  /** A key to read when no plugin has wanted any. */
  readonly probeKey: string;
  readonly commandTimeoutMs: number;
  readonly verifyEntries: boolean;
  readonly maxOverdueMs?: number | undefined;
  readonly observer: CacheObserver;
}

/** Creates the driver. */
export function createDriverGuard(options: DriverGuardOptions): DriverGuard {
  return new Guard(options);
}

/**
 * An operation is sent, waits with the others that have no answer yet, and is ended once: by the answer, the error or the
 * deadline. What comes after that is ignored. Nothing waits for a driver that answers at once. In a burst, what is more than may
 * be under way waits before it is sent, for as long as the store goes on answering.
 */
class Guard implements DriverGuard {
  readonly #store: string;
  readonly #driver: CacheDriver;
  readonly #readBatches: ReadBatches<Read> | undefined;
  readonly #observer: CacheObserver;
  readonly #verifyEntries: boolean;
  readonly #maxOverdueMs: number;
  readonly #deadlines: Deadlines<Read | Write>;
  readonly #writesUnderWay: WritesUnderWay;
  readonly #race: Race;
  readonly #commandTimeoutMs: number;
  readonly #backlog = createBacklog();
  readonly #sizes = createSizeEstimate();
  readonly #drain = () => this.#sendBacklog();
  #willDrain = false;
  /** Since when something has waited for its turn. */
  #burstSinceMs = 0;
  readonly #staleKeys: StaleKeys;
  readonly #health: StoreHealth;
  /** A key that was wanted while the store was away: in a cluster, whether one node answers says little about others. */
  #probeKey: string;
  #inFlight = 0;
  #charactersInFlight = 0;
  #writes = 0;
  #closing: Promise<void> | undefined;

  constructor(options: DriverGuardOptions) {
    const { store, observer, createDriver, commandTimeoutMs } = options;
    this.#store = store;
    this.#observer = observer;
    this.#verifyEntries = options.verifyEntries;
    this.#maxOverdueMs = options.maxOverdueMs ?? Infinity;
    this.#deadlines = createDeadlines(commandTimeoutMs, (operation, error) => this.#fail(operation, error));
    this.#writesUnderWay = createWritesUnderWay(() => this.#deadlines.oldest);
    this.#race = createRace(commandTimeoutMs);
    this.#commandTimeoutMs = commandTimeoutMs;
    this.#probeKey = options.probeKey;
    this.#staleKeys = createStaleKeys({
      remove: key => this.#remove(key),
      findClear: () => this.#driver.clear?.bind(this.#driver),
      clearFailed: error => this.#clearFailed(error),
    });
    const probe = () => this.#race(attemptForeign(() => this.#driver.get(this.#probeKey)));
    const onAway = () => this.#emptyBacklog();
    this.#health = createStoreHealth({ store, observer, staleKeys: this.#staleKeys, probe, onAway });
    this.#driver = this.#create(createDriver);
    this.#readBatches =
      this.#driver.getMany &&
      createReadBatches(
        key => this.#driver.get(key),
        keys => this.#getMany(keys),
        {
          sent: reads => this.#markSent(reads),
          answered: (read, text, atMs) => this.#answer(read, text, atMs),
          failed: (read, error) => this.#reject(read, error),
        },
        this.#sizes,
      );
  }

  get(plugin: PluginKeys, key: string): Awaitable<JsonValue | undefined> {
    if (!this.#mayRead(plugin, key)) {
      this.#probeKey = key;
      this.#observe(plugin, 'get', 'bypass');
      return undefined;
    }
    if (this.#isBusy()) {
      const read = this.#toRead(plugin, key);
      const result = read.result();
      this.#queue(read);
      return result;
    }
    if (this.#readBatches) {
      const read = this.#toRead(plugin, key);
      this.#readBatches.add(read);
      return this.#enter(read);
    }
    const answer = attemptForeign(() => this.#driver.get(key));
    if (!isPromise(answer)) return this.#hasRead(plugin, key, answer);
    const read = this.#toRead(plugin, key);
    this.#listen(read, answer);
    this.#deadlines.add(read, performance.now());
    return this.#enter(read);
  }

  set(plugin: PluginKeys, key: string, text: string, ttlMs: number | undefined): Awaitable<void> {
    if (text.length > this.#sizes.characters) this.#sizes.found(text.length);
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
    try {
      const count = toOwnPromise<unknown>(this.#driver.connections?.());
      if (count === undefined || (Number.isInteger(count) && Number(count) >= 0)) return count as number | undefined;
      if (isPromise(count)) count.catch(() => {});
      this.#observeFault('connections', toWrongAnswer(this.#store, 'counted connections', count, 'a whole number'));
    } catch (error) {
      this.#observeFault('connections', toDriverError(this.#store, 'failed in connections', error));
    }
    return undefined;
  }

  close(): Promise<void> {
    this.#health.stop();
    this.#emptyBacklog();
    return (this.#closing ??= this.#close());
  }

  async #close(): Promise<void> {
    try {
      await createRace(CLOSE_TIMEOUT_MS)(attemptForeign(() => this.#driver.close()));
    } catch (error) {
      throw toDriverError(this.#store, 'failed to close', error);
    }
  }

  /** What a driver is given works also when it is called without its object, or after all. */
  #create(createDriver: DriverGuardOptions['createDriver']): CacheDriver {
    try {
      return createDriver({
        connected: () => this.#health.connected(),
        disconnected: error => this.#health.disconnected(toDriverError(this.#store, 'called disconnected', error)),
      });
    } catch (error) {
      this.#health.stop();
      throw error;
    }
  }

  async #getMany(keys: readonly string[]): Promise<readonly (string | undefined)[]> {
    let texts: unknown;
    try {
      texts = await this.#driver.getMany?.(keys);
      if (Array.isArray(texts) && texts.length === keys.length) {
        // Whoever looks at it again must not be surprised: a list that can do more than hold texts is copied.
        const list = texts as readonly (string | undefined)[];
        const isPlain = !types.isProxy(list) && list.every(isTextOrAbsent);
        return isPlain ? list : Array.from(list);
      }
    } catch (error) {
      throw toDriverError(this.#store, 'rejected getMany', error);
    }
    throw toWrongAnswer(this.#store, 'resolved getMany', texts, `a list of ${keys.length} texts`);
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
    if (!this.#health.takesWrites) {
      this.#probeKey = key;
      this.#makeStale(plugin, key, number, true);
      this.#observe(plugin, name, 'bypass');
      return undefined;
    }
    if (this.#isBusy()) {
      const write = new Write(plugin, name, key, characters, number);
      const result = write.result();
      write.send = send;
      this.#queue(write);
      return result;
    }
    let sent: Awaitable<void>;
    try {
      sent = toOwnPromise(send());
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
    this.#listen(write, sent);
    return this.#waitForWrite(write);
  }

  #waitForWrite(write: Write): Promise<undefined> {
    this.#writesUnderWay.sent(write);
    this.#deadlines.add(write, performance.now());
    return this.#enter(write);
  }

  #mayRead(plugin: PluginKeys, key: string): boolean {
    return this.#health.takesReads && !this.#staleKeys.has(plugin, key) && !this.#closing;
  }

  #toRead(plugin: PluginKeys, key: string): Read {
    return new Read(plugin, 'get', key, Math.min(this.#sizes.characters, MAX_CHARACTERS_OF_READ));
  }

  #isBusy(): boolean {
    return !this.#hasRoom() || !this.#backlog.isEmpty;
  }

  #hasRoom(): boolean {
    return this.#inFlight < MAX_IN_FLIGHT && this.#charactersInFlight < MAX_CHARACTERS_IN_FLIGHT;
  }

  /** Has it wait for its turn; what is too much even for that ends at once. */
  #queue(operation: Read | Write): void {
    if (this.#backlog.isFull) {
      const message = `Too many operations wait for the store '${this.#store}'`;
      return this.#end(operation, new CacheError('CACHE_OVERLOADED', message));
    }
    operation.queuedAtMs = performance.now();
    if (this.#backlog.isEmpty) this.#burstSinceMs = operation.queuedAtMs;
    this.#backlog.push(operation);
  }

  /** After all answers of this turn of the event loop, so that what they make room for goes out together. */
  #drainSoon(): void {
    if (this.#willDrain || this.#backlog.isEmpty) return;
    this.#willDrain = true;
    process.nextTick(this.#drain);
  }

  #sendBacklog(): void {
    this.#willDrain = false;
    const nowMs = performance.now();
    while (this.#hasRoom()) {
      const operation = this.#backlog.shift();
      if (!operation) return;
      // As long as the store goes on answering, what waits has time from its latest answer on.
      operation.startedAtMs = Math.max(operation.queuedAtMs, this.#health.answeredAtMs);
      const error = this.#findReasonToDrop(operation, nowMs);
      if (error) this.#end(operation, error);
      else this.#send(operation, nowMs);
    }
  }

  /** Whoever waited so long has waited enough: nothing is sent that nobody wants any more. */
  #findReasonToDrop({ startedAtMs, queuedAtMs }: Read | Write, nowMs: number): CacheError | undefined {
    const timeoutMs = this.#commandTimeoutMs;
    if (nowMs - startedAtMs >= timeoutMs) return toTimeoutError(timeoutMs);
    const dueMs = Math.max(queuedAtMs + timeoutMs, this.#burstSinceMs + MAX_BURST_TIMEOUTS * timeoutMs);
    if (nowMs < dueMs) return undefined;
    return new CacheError('CACHE_OVERLOADED', `The store '${this.#store}' has more to do than it gets done`);
  }

  #send(operation: Read | Write, nowMs: number): void {
    const { plugin, key } = operation;
    const isWanted = operation instanceof Read ? this.#mayRead(plugin, key) : this.#health.takesWrites;
    if (!isWanted) return this.#bypass(operation);
    this.#count(operation);
    if (operation instanceof Read && this.#readBatches) return this.#readBatches.add(operation);
    this.#deadlines.add(operation, operation.startedAtMs, nowMs);
    if (operation instanceof Write) return this.#sendWrite(operation);
    const answer = attemptForeign(() => this.#driver.get(key));
    this.#listen(operation, answer);
  }

  #sendWrite(write: Write): void {
    const { send = () => {} } = write;
    write.send = undefined;
    this.#writesUnderWay.sent(write);
    let sent: Awaitable<void>;
    try {
      sent = toOwnPromise(send());
    } catch (error) {
      return this.#rejectWrite(write, error);
    }
    this.#listen(write, sent);
  }

  /** The end of an operation that is not sent, as the store is away. */
  #bypass(operation: Read | Write): void {
    const { plugin, name, key } = operation;
    if (operation instanceof Write) this.#makeStale(plugin, key, operation.number);
    this.#observe(plugin, name, 'bypass');
    operation.settle(undefined);
  }

  #emptyBacklog(): void {
    for (let next = this.#backlog.shift(); next; next = this.#backlog.shift()) this.#bypass(next);
  }

  #listen(operation: Read | Write, answer: Awaitable<string | undefined | void>): void {
    Promise.resolve(answer).then(
      text => this.#answer(operation, text as string | undefined),
      (error: unknown) =>
        operation instanceof Read ? this.#reject(operation, error) : this.#rejectWrite(operation, error),
    );
  }

  /** The time of all reads of one round trip starts here, with one look at the clock, which costs a tenth of an operation. */
  #markSent(reads: readonly Read[]): void {
    const nowMs = performance.now();
    for (const read of reads) this.#deadlines.add(read, read.startedAtMs || nowMs, nowMs);
    this.#observer.onReadBatch?.({ store: this.#store, reads: reads.length });
  }

  #enter<Result>(operation: Operation<Result>): Promise<Result> {
    this.#count(operation);
    return operation.result();
  }

  #count({ characters }: { readonly characters: number }): void {
    this.#inFlight++;
    this.#charactersInFlight += characters;
  }

  #leave(operation: Read | Write): void {
    this.#inFlight--;
    this.#charactersInFlight -= operation.characters;
    this.#drainSoon();
  }

  #answer(operation: Read | Write, text: string | undefined, atMs = performance.now()): void {
    if (!this.#deadlines.remove(operation)) return;
    const { plugin, name, key, startedAtMs } = operation;
    this.#leave(operation);
    this.#health.answered(atMs);
    if (operation instanceof Read) {
      if (!this.#readBatches) this.#sizes.found(typeof text === 'string' ? text.length : 0);
      operation.settle(this.#hasRead(plugin, key, text, atMs - startedAtMs));
    } else {
      this.#writesUnderWay.ended(operation);
      this.#staleKeys.replaced(key, operation.number);
      this.#observe(plugin, name, 'ok', atMs - startedAtMs);
      operation.settle(undefined);
    }
  }

  #reject(operation: Read | Write, cause: unknown): void {
    if (this.#deadlines.remove(operation)) this.#fail(operation, this.#toCacheError(operation.name, cause));
  }

  #rejectWrite(write: Write, cause: unknown): void {
    const hasNoRoom = isCacheError(cause, 'CACHE_TOO_LARGE') || isCacheError(cause, 'CACHE_FULL');
    // A later write of the key replaces the old value, and must not be removed itself; and one whose deadline is over is stale.
    if (!hasNoRoom || this.#writesUnderWay.newestOf(write.key) !== write) return this.#reject(write, cause);
    // The store is fine, and the old value in it wrong from now on. Where its removal fails, the key stays stale.
    const removed = attemptForeign(() => this.#driver.delete(write.key));
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
    this.#leave(operation);
    this.#end(operation, error, leavesOldValue);
  }

  /** The end of an operation that nothing waits for any more: a miss, or a write that was not made. */
  #end(operation: Read | Write, error: CacheError, leavesOldValue = true): void {
    const { plugin, name, key } = operation;
    const startedAtMs = operation.startedAtMs || operation.queuedAtMs;
    this.#health.failed(error, startedAtMs);
    if (operation instanceof Write) {
      this.#writesUnderWay.ended(operation);
      if (leavesOldValue) this.#makeStale(plugin, key, operation.number);
    }
    this.#observe(plugin, name, 'error', startedAtMs && performance.now() - startedAtMs, error);
    operation.settle(undefined);
  }

  #hasRead(plugin: PluginKeys, key: string, text: string | undefined, durationMs = 0): JsonValue | undefined {
    let value: JsonValue | undefined;
    try {
      if (text !== undefined) value = this.#decode(plugin, key, text, durationMs);
    } catch (cause) {
      this.#observe(plugin, 'get', 'error', durationMs, this.#toCacheError('get', cause));
      return undefined;
    }
    this.#observe(plugin, 'get', value === undefined ? 'miss' : 'hit', durationMs);
    return value;
  }

  #makeStale(plugin: PluginKeys, key: string, write: number, inOutage = false): void {
    this.#staleKeys.add(plugin, key, write, inOutage);
    this.#health.hasStaleKeys();
  }

  /** Removes what a failed write has left, in time. */
  async #remove(key: string): Promise<void> {
    if (this.#writesUnderWay.newestOf(key)) throw new CacheError('CACHE_UNAVAILABLE', 'The key is being written');
    const startedAtMs = performance.now();
    this.#inFlight++;
    try {
      await this.#race(attemptForeign(() => this.#driver.delete(key)));
      this.#health.answered(performance.now());
    } catch (cause) {
      const error = this.#toCacheError('delete', cause);
      this.#health.failed(error, startedAtMs);
      throw error;
    } finally {
      this.#inFlight--;
      this.#drainSoon();
    }
  }

  #encode(key: string, text: string, ttlMs: number | undefined): string {
    if (!this.#verifyEntries) return text;
    return withHeader(key, text, ttlMs === undefined ? undefined : Date.now() + ttlMs);
  }

  #decode(plugin: PluginKeys, key: string, text: string, durationMs: number): JsonValue | undefined {
    if (typeof text !== 'string') throw this.#toWrongText(text);
    const json = withoutHeader(key, text, this.#verifyEntries);
    if (json === undefined) {
      // When the read was sent the store had it still, however long the answer took.
      this.#checkClock(overdueMsOf(key, text) - durationMs);
      return undefined;
    }
    const value = decodeValue(json);
    this.#observeSize(plugin, 'get', json);
    return value;
  }

  #checkClock(overdueMs: number): void {
    if (overdueMs <= this.#maxOverdueMs) return;
    throw new CacheError(
      'CACHE_CLOCK_SKEW',
      `The store '${this.#store}' has an entry that expired ${Math.round(overdueMs / 1000)} s ago by the clock of this machine, ` +
        'which differs from that of the machine that wrote it: entries are misses too early until both are set right (NTP)',
    );
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

  #toCacheError(method: CacheOperation['operation'], cause: unknown): CacheError {
    return toDriverError(this.#store, `rejected ${method}`, cause);
  }

  #toWrongText(text: unknown): CacheError {
    const methods = this.#readBatches ? 'get or getMany' : 'get';
    return toWrongAnswer(this.#store, `answered ${methods}`, text, 'a text or undefined');
  }

  #clearFailed(cause: unknown): void {
    // What the state explains has been told already.
    if (this.#health.takesReads) this.#observeFault('clear', toDriverError(this.#store, 'rejected clear', cause));
  }

  #observeFault(method: DriverFault['method'], error: CacheError): void {
    this.#observer.onDriverFault?.({ store: this.#store, method, error });
  }
}

function isTextOrAbsent(text: unknown): boolean {
  return text === undefined || typeof text === 'string';
}
