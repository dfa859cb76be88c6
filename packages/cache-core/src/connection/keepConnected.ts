import { CacheError, isCacheError } from '../contract/cacheError';
import type { DriverHost } from '../contract/driver';
import { toBackOffMs } from './backOff';
import type { ConnectionOptions, ConnectionSource, KeptConnection } from './connectionSource';
import { createWaitingRoom, toOverloadedError } from './waitingRoom';
import type { WaitingRoom } from './waitingRoom';

/** An attempt that has not succeeded after this time gets another one beside it. */
const NEXT_ATTEMPT_MS = 500;
/** Most attempts at the same time. */
const MAX_ATTEMPTS = 8;
const MIN_PING_INTERVAL_MS = 500;
const MAX_PING_INTERVAL_MS = 1000;
/** Longest wait for a ping or its answer that is still in a buffer after a blocked event loop. */
const GRACE_MS = 50;
const DRAIN_TIMEOUT_MS = 1000;
/** Bounds the memory that a silent server can hold until its connection is replaced. */
const MAX_OPERATIONS = 20_000;
/** Node fires a longer timer after 1 ms. */
const MAX_TIMER_MS = 2 ** 31 - 1;

/** A connection, from the attempt to make it until its end. */
interface Link<Connection> {
  readonly attempt: AbortController;
  /** Absent while it is being made. */
  connection?: Connection;
  /** The end of the time to make it; later its pings. */
  timer?: NodeJS.Timeout;
  isPingUnanswered: boolean;
  /** The grace period of the ping is running. */
  isDoubted: boolean;
}

/**
 * Keeps one server connected, from now on until `close`. A connection that is lost, or does not answer a ping each second, is
 * replaced; attempts go on for ever, at most 500 ms apart. `host` is told each time that the server becomes reachable or unreachable.
 */
export function keepConnected<Connection>(
  source: ConnectionSource<Connection>,
  options: ConnectionOptions,
  host: DriverHost,
): KeptConnection<Connection> {
  return new Keeper(source, options, host);
}

class Keeper<Connection> implements KeptConnection<Connection> {
  readonly #source: ConnectionSource<Connection>;
  readonly #host: DriverHost;
  readonly #connectTimeoutMs: number;
  readonly #pingIntervalMs: number;
  readonly #room: WaitingRoom;
  /** The connection that operations use. */
  #present: Link<Connection> | undefined;
  /** Those that are being made, the oldest first. */
  readonly #attempts = new Set<Link<Connection>>();
  #attemptTimer: NodeJS.Timeout | undefined;
  #failures = 0;
  #isStarting = true;
  /** Why there is no connection. */
  #refusal: CacheError;
  #inFlight = 0;
  #becomeIdle = () => {};
  #isClosed = false;
  #closing: Promise<void> | undefined;

  constructor(source: ConnectionSource<Connection>, options: ConnectionOptions, host: DriverHost) {
    const { commandTimeoutMs = 500, connectTimeoutMs = 2000, waitsForFirst = true } = options;
    this.#source = source;
    this.#host = host;
    this.#connectTimeoutMs = Math.min(connectTimeoutMs, MAX_TIMER_MS);
    this.#pingIntervalMs = Math.min(Math.max(commandTimeoutMs, MIN_PING_INTERVAL_MS), MAX_PING_INTERVAL_MS);
    this.#room = createWaitingRoom(() => source.serverName, commandTimeoutMs, !waitsForFirst);
    this.#refusal = this.#toUnavailableError();
    this.#attempt();
  }

  get state(): KeptConnection<Connection>['state'] {
    if (this.#isClosed) return 'closed';
    if (this.#present) return 'connected';
    return this.#isStarting ? 'starting' : 'disconnected';
  }

  use<T>(operation: (connection: Connection) => Promise<T>, sinceMs?: number): Promise<T> {
    return this.#room.isOpen && !this.#isClosed
      ? this.#start(operation)
      : this.#room.run(() => this.#start(operation), sinceMs);
  }

  reconnect(): void {
    if (this.#isClosed) return;
    this.#giveUpAttempts();
    this.#attempt();
  }

  replace(error: CacheError): void {
    const link = this.#present;
    if (!link || this.#isClosed) return;
    this.#present = undefined;
    this.#refusal = toRefusal(error);
    this.#isStarting = true;
    this.#room.hold();
    this.#end(link);
    this.reconnect();
  }

  connections(): number {
    return this.#present ? 1 : 0;
  }

  close(): Promise<void> {
    return (this.#closing ??= this.#close());
  }

  #start<T>(operation: (connection: Connection) => Promise<T>): Promise<T> {
    const link = this.#present;
    if (!link) return Promise.reject(this.#refusal);
    if (this.#inFlight >= MAX_OPERATIONS) return Promise.reject(toOverloadedError(this.#source.serverName));
    this.#inFlight++;
    let answer: Promise<T>;
    try {
      answer = Promise.resolve(operation(link.connection as Connection));
    } catch (error) {
      answer = Promise.reject(error);
    }
    return answer.then(result => {
      this.#leave();
      return result;
    }, this.#fail);
  }

  readonly #fail = (error: unknown): never => {
    this.#leave();
    throw this.#toCacheError(error);
  };

  #leave(): void {
    if (--this.#inFlight === 0) this.#becomeIdle();
  }

  /** An attempt that hangs, such as at a lost packet, delays only itself and not the next one. */
  #attempt(): void {
    this.#attemptAfter(NEXT_ATTEMPT_MS);
    this.#makeRoom();
    const link: Link<Connection> = { attempt: new AbortController(), isPingUnanswered: false, isDoubted: false };
    this.#attempts.add(link);
    // After a blocked event loop the connection may be ready already; its events come first.
    const giveUp = () => setImmediate(() => this.#attempts.has(link) && this.#lose(link, this.#toSilenceError()));
    link.timer = setTimeout(giveUp, this.#connectTimeoutMs);
    void this.#open(link);
  }

  /** Drops the second oldest attempt. The oldest keeps its full time, so that a slow server is reached too. */
  #makeRoom(): void {
    const [, second] = this.#attempts;
    if (!second || this.#attempts.size < MAX_ATTEMPTS) return;
    this.#attempts.delete(second);
    this.#end(second);
  }

  /** Never rejects. */
  async #open(link: Link<Connection>): Promise<void> {
    // So `host` is not told anything before `keepConnected` has returned.
    await Promise.resolve();
    if (!this.#attempts.has(link)) return;
    try {
      const connection = await this.#source.open(link.attempt.signal, error => this.#lose(link, error));
      link.connection = connection;
      if (!this.#attempts.has(link)) return this.#closeConnection(connection);
      await this.#source.ping(connection);
      this.#use(link, connection);
    } catch (error) {
      this.#lose(link, error);
    }
  }

  #use(link: Link<Connection>, connection: Connection): void {
    if (!this.#attempts.delete(link)) return;
    const before = this.#present;
    this.#present = link;
    this.#failures = 0;
    this.#isStarting = false;
    clearTimeout(this.#attemptTimer);
    clearTimeout(link.timer);
    link.timer = setInterval(() => this.#check(link, connection), this.#pingIntervalMs).unref();
    this.#giveUpAttempts();
    if (before) this.#end(before);
    this.#source.prepare?.(connection);
    // Waiting operations are sent first, before any that `connected` triggers.
    this.#room.open();
    this.#host.connected();
  }

  /** Sends a ping, and replaces the connection when the one before is still unanswered. */
  #check(link: Link<Connection>, connection: Connection): void {
    if (link.isDoubted) return;
    if (!link.isPingUnanswered) {
      link.isPingUnanswered = true;
      void this.#ping(link, connection);
      return;
    }
    link.isDoubted = true;
    const giveUp = () => {
      link.isDoubted = false;
      if (link.isPingUnanswered) this.#lose(link, this.#toSilenceError());
    };
    // `setImmediate` lets pending data be read before giving up, even when this timer is late.
    setTimeout(() => setImmediate(giveUp), GRACE_MS).unref();
  }

  /** Never rejects. */
  async #ping(link: Link<Connection>, connection: Connection): Promise<void> {
    try {
      await this.#source.ping(connection);
      link.isPingUnanswered = false;
    } catch (error) {
      this.#lose(link, error);
    }
  }

  /** Ignores a connection that has ended before: its end can be told more than once. */
  #lose(link: Link<Connection>, error: unknown): void {
    if (link === this.#present) this.#present = undefined;
    else if (!this.#attempts.delete(link)) return;
    const failure = this.#toCacheError(error);
    // First, so that operations that fail by it are not told an older reason.
    this.#refusal = toRefusal(failure);
    this.#end(link);
    if (this.#isClosed) return;
    // While other attempts run, the next one is scheduled already.
    if (this.#attempts.size === 0) this.#attemptAfter(toBackOffMs(this.#failures++));
    if (this.#present) return;
    this.#isStarting = false;
    this.#room.open();
    this.#host.disconnected(failure);
  }

  #attemptAfter(delayMs: number): void {
    clearTimeout(this.#attemptTimer);
    this.#attemptTimer = setTimeout(() => this.#attempt(), delayMs);
  }

  #giveUpAttempts(): void {
    const attempts = [...this.#attempts];
    this.#attempts.clear();
    for (const attempt of attempts) this.#end(attempt);
  }

  #end(link: Link<Connection>): void {
    clearTimeout(link.timer);
    if (link.connection === undefined) link.attempt.abort(this.#toUnavailableError());
    else this.#closeConnection(link.connection);
  }

  #closeConnection(connection: Connection): void {
    try {
      this.#source.close(connection);
    } catch {
      // It is not used any more, and there is nobody to tell.
    }
  }

  async #close(): Promise<void> {
    this.#isClosed = true;
    clearTimeout(this.#attemptTimer);
    this.#room.close();
    this.#giveUpAttempts();
    await this.#drain();
    const link = this.#present;
    this.#present = undefined;
    if (link) this.#end(link);
  }

  /** Waits until no operation is in flight, for 1 s at most. */
  async #drain(): Promise<void> {
    if (this.#inFlight === 0) return;
    await new Promise<void>(resolve => {
      const timer = setTimeout(resolve, DRAIN_TIMEOUT_MS);
      this.#becomeIdle = () => {
        clearTimeout(timer);
        resolve();
      };
    });
  }

  #toCacheError(error: unknown): CacheError {
    if (isCacheError(error)) return error;
    try {
      const mapped: unknown = this.#source.toCacheError(error);
      if (isCacheError(mapped)) return mapped;
    } catch {
      // Answered below.
    }
    return this.#toUnavailableError();
  }

  #toSilenceError(): CacheError {
    return new CacheError('CACHE_TIMEOUT', `${this.#source.serverName} does not answer`);
  }

  #toUnavailableError(): CacheError {
    return new CacheError('CACHE_UNAVAILABLE', `${this.#source.serverName} is not connected`);
  }
}

/** The reason of a lost connection, for operations: it is none of their own, and no deadline of theirs. */
function toRefusal(error: CacheError): CacheError {
  const code = error.code === 'CACHE_AUTH' ? 'CACHE_AUTH' : 'CACHE_UNAVAILABLE';
  return code === error.code ? error : new CacheError(code, error.message, { cause: error });
}
