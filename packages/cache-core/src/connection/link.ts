import { afterFreeTime } from './afterFreeTime';
import { toCacheErrorOf, toSilenceError, toUnavailableError } from './connectionErrors';
import type { ConnectionSource } from './connectionSource';
import { toOverloadedError } from './waitingRoom';

/** Longest wait for a ping or its answer that is still in a buffer after a blocked event loop. */
const GRACE_MS = 50;
/** Bounds the memory that a silent server can hold until its connection is replaced. */
const MAX_OPERATIONS = 20_000;

export interface LinkTimes {
  readonly connectTimeoutMs: number;
  readonly pingIntervalMs: number;
}

/** What a link reports: nothing after it has ended, and nothing before `openLink` has returned. */
export interface LinkEvents<Connection> {
  /** The connection is made, has answered a ping, and is ready for operations. */
  ready(link: Link<Connection>): void;
  /** The attempt has failed or the connection is lost. The receiver has to end the link. */
  lost(link: Link<Connection>, error: unknown): void;
}

/** One connection, from the attempt to make it until its end. */
export interface Link<Connection> {
  /** Whether it has answered a ping after it was ready. */
  readonly isStable: boolean;
  /** Runs the operation, at once. May be called only between `ready` and `end`. */
  run<T>(operation: (connection: Connection) => Promise<T>): Promise<T>;
  /** Resolves when no operation is in flight, at the latest after `maxMs`. */
  whenIdle(maxMs: number): Promise<void>;
  /** Gives up the attempt, or closes the connection, at once. Idempotent. */
  end(): void;
}

/** Makes a connection, proves it with a ping, and goes on pinging it once it is ready. */
export function openLink<Connection>(
  source: ConnectionSource<Connection>,
  times: LinkTimes,
  events: LinkEvents<Connection>,
): Link<Connection> {
  return new SourceLink(source, times, events);
}

class SourceLink<Connection> implements Link<Connection> {
  readonly #source: ConnectionSource<Connection>;
  readonly #times: LinkTimes;
  readonly #events: LinkEvents<Connection>;
  readonly #attempt = new AbortController();
  #connection: Connection | undefined;
  #isMade = false;
  #isEnded = false;
  readonly #cancelBudget: () => void;
  #pingTimer: NodeJS.Timeout | undefined;
  #isAnswered = true;
  #inFlight = 0;
  #becomeIdle = () => {};
  isStable = false;

  constructor(source: ConnectionSource<Connection>, times: LinkTimes, events: LinkEvents<Connection>) {
    this.#source = source;
    this.#times = times;
    this.#events = events;
    this.#cancelBudget = afterFreeTime(times.connectTimeoutMs, () => this.#lose(toSilenceError(source)));
    void this.#open();
  }

  run<T>(operation: (connection: Connection) => Promise<T>): Promise<T> {
    if (this.#inFlight >= MAX_OPERATIONS) return Promise.reject(toOverloadedError(this.#source.serverName));
    this.#inFlight++;
    let answer: Promise<T>;
    try {
      answer = Promise.resolve(operation(this.#connection as Connection));
    } catch (error) {
      answer = Promise.reject(error);
    }
    const succeed = (result: T): T => {
      this.#leave();
      return result;
    };
    // Not an async function, which would make two more promises for each operation. `then` is taken from the prototype, because a client
    // may have replaced that of its promise.
    return Promise.prototype.then.call(answer, succeed, this.#fail) as Promise<T>;
  }

  readonly #fail = (error: unknown): never => {
    this.#leave();
    throw toCacheErrorOf(this.#source, error);
  };

  #leave(): void {
    if (--this.#inFlight === 0) this.#becomeIdle();
  }

  async whenIdle(maxMs: number): Promise<void> {
    if (this.#inFlight === 0) return;
    await new Promise<void>(resolve => {
      const timer = setTimeout(resolve, maxMs);
      this.#becomeIdle = () => {
        clearTimeout(timer);
        resolve();
      };
    });
  }

  end(): void {
    if (this.#isEnded) return;
    this.#isEnded = true;
    this.#cancelBudget();
    clearTimeout(this.#pingTimer);
    if (this.#isMade) this.#closeConnection();
    else this.#attempt.abort(toUnavailableError(this.#source));
  }

  /** Never rejects. */
  async #open(): Promise<void> {
    // Waits, so that nobody is told anything before `keepConnected` has returned.
    await Promise.resolve();
    if (this.#isEnded) return;
    try {
      const connection = await this.#source.open(this.#attempt.signal, error => this.#lose(error));
      this.#connection = connection;
      this.#isMade = true;
      if (this.#isEnded) return this.#closeConnection();
      await this.#source.ping(connection);
      this.#becomeReady(connection);
    } catch (error) {
      this.#lose(error);
    }
  }

  #becomeReady(connection: Connection): void {
    if (this.#isEnded) return;
    this.#source.prepare?.(connection);
    if (this.#isEnded) return;
    this.#cancelBudget();
    this.#pingLater();
    this.#events.ready(this);
  }

  /** Schedules the next ping, which is sent only when the previous one is answered. */
  #pingLater(): void {
    const next = () => (this.#isAnswered ? this.#pingNow() : this.#doubt());
    this.#pingTimer = setTimeout(next, this.#times.pingIntervalMs).unref();
  }

  #pingNow(): void {
    this.#isAnswered = false;
    this.#pingLater();
    void this.#ping();
  }

  #doubt(): void {
    const decide = () => {
      if (this.#isEnded) return;
      if (this.#isAnswered) this.#pingNow();
      else this.#lose(toSilenceError(this.#source));
    };
    // `setImmediate` lets pending data be read before giving up, even when this timer is late.
    this.#pingTimer = setTimeout(() => setImmediate(decide), GRACE_MS).unref();
  }

  /** Never rejects. */
  async #ping(): Promise<void> {
    try {
      await this.#source.ping(this.#connection as Connection);
      this.#isAnswered = true;
      this.isStable = true;
    } catch (error) {
      this.#lose(error);
    }
  }

  /** A source can report the end of a connection more than once. */
  #lose(error: unknown): void {
    if (!this.#isEnded) this.#events.lost(this, error);
  }

  #closeConnection(): void {
    try {
      this.#source.close(this.#connection as Connection);
    } catch {
      // The connection is no longer used, and there is nobody to tell.
    }
  }
}
