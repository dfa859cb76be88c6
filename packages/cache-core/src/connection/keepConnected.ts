import type { CacheError } from '../contract/cacheError';
import type { DriverHost } from '../contract/driver';
import { afterFreeTime } from './afterFreeTime';
import { toBackOffMs } from './backOff';
import { toCacheErrorOf, toRefusal, toUnavailableError } from './connectionErrors';
import type { ConnectionOptions, ConnectionSource, KeptConnection } from './connectionSource';
import { openLink } from './link';
import type { Link, LinkEvents, LinkTimes } from './link';
import { createWaitingRoom } from './waitingRoom';
import type { WaitingRoom } from './waitingRoom';

/** An attempt that has not succeeded after this time gets another one beside it. */
const NEXT_ATTEMPT_MS = 500;
/** Maximum number of attempts at the same time. */
const MAX_ATTEMPTS = 8;
const MIN_PING_INTERVAL_MS = 500;
const MAX_PING_INTERVAL_MS = 1000;
const DRAIN_TIMEOUT_MS = 1000;

/**
 * Keeps one server connected, from now on until `close`.
 *
 * - Attempts go on for ever. The next one begins 25 to 50 ms after a failure, up to 500 ms after repeated failures. An attempt that is
 *   silent for 500 ms gets another one beside it, up to eight at a time. The first one that is ready is used, and the others are given up.
 * - A connection is pinged every `commandTimeoutMs`, but at least 500 ms and at most 1 s apart. When a ping has no answer by the time of
 *   the next, the connection is replaced.
 * - A blocked event loop does not count as silence: answers that have arrived meanwhile are read before anything is given up or another
 *   attempt begins.
 * - The process stays alive while attempts are made. Pings do not keep it alive.
 *
 * `host` is told of each usable connection, after the operations that waited for it were sent, and of each failure that leaves no
 * connection. It is told nothing before this function has returned, and nothing after `close` is called.
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
  readonly #times: LinkTimes;
  readonly #events: LinkEvents<Connection>;
  readonly #room: WaitingRoom;
  /** The connection that operations use. */
  #present: Link<Connection> | undefined;
  /** Connections that are not ready yet, the oldest first. */
  readonly #attempts = new Set<Link<Connection>>();
  /** Ends the wait for the next attempt. */
  #cancelAttempt = () => {};
  #failures = 0;
  #isStarting = true;
  /** Why there is no connection: the error with which operations are refused. */
  #refusal: CacheError;
  #isClosed = false;
  #closing: Promise<void> | undefined;

  constructor(source: ConnectionSource<Connection>, options: ConnectionOptions, host: DriverHost) {
    const { commandTimeoutMs = 500, connectTimeoutMs = 2000, waitsForFirst = true } = options;
    this.#source = source;
    this.#host = host;
    this.#times = {
      connectTimeoutMs,
      pingIntervalMs: Math.min(Math.max(commandTimeoutMs, MIN_PING_INTERVAL_MS), MAX_PING_INTERVAL_MS),
    };
    this.#events = { ready: link => this.#use(link), lost: (link, error) => this.#lose(link, error) };
    this.#room = createWaitingRoom(() => source.serverName, commandTimeoutMs, !waitsForFirst);
    this.#refusal = toUnavailableError(source);
    this.#attempt();
  }

  get state(): KeptConnection<Connection>['state'] {
    if (this.#isClosed) return 'closed';
    if (this.#present) return 'connected';
    return this.#isStarting ? 'starting' : 'disconnected';
  }

  use<T>(operation: (connection: Connection) => Promise<T>, sinceMs?: number): Promise<T> {
    return this.#room.isOpen ? this.#run(operation) : this.#room.run(() => this.#run(operation), sinceMs);
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
    link.end();
    this.reconnect();
  }

  connections(): number {
    return this.#present ? 1 : 0;
  }

  close(): Promise<void> {
    return (this.#closing ??= this.#close());
  }

  #run<T>(operation: (connection: Connection) => Promise<T>): Promise<T> {
    return this.#present?.run(operation) ?? Promise.reject(this.#refusal);
  }

  /** Starts an attempt. If it hangs, for instance because of a lost packet, the next one still starts in time, beside it. */
  #attempt(): void {
    this.#cancelAttempt();
    this.#cancelAttempt = afterFreeTime(NEXT_ATTEMPT_MS, () => this.#attempt());
    this.#makeRoom();
    this.#attempts.add(openLink(this.#source, this.#times, this.#events));
  }

  /** Drops the second oldest attempt. The oldest keeps its full time, so that a slow server is reached too. */
  #makeRoom(): void {
    const [, second] = this.#attempts;
    if (!second || this.#attempts.size < MAX_ATTEMPTS) return;
    this.#attempts.delete(second);
    second.end();
  }

  #use(link: Link<Connection>): void {
    this.#attempts.delete(link);
    const before = this.#present;
    this.#present = link;
    this.#isStarting = false;
    this.#cancelAttempt();
    this.#giveUpAttempts();
    before?.end();
    // Waiting operations are sent first, before any that `connected` triggers.
    this.#room.open();
    if (this.#present === link && !this.#isClosed) this.#tell(() => this.#host.connected());
  }

  #lose(link: Link<Connection>, error: unknown): void {
    if (link === this.#present) this.#present = undefined;
    else this.#attempts.delete(link);
    const failure = toCacheErrorOf(this.#source, error);
    // Set first, so that operations that this failure ends do not get an older reason.
    this.#refusal = toRefusal(failure);
    link.end();
    if (this.#isClosed) return;
    // A connection that is lost at once counts as a failed attempt, so that the back-off grows.
    if (link.isStable) this.#failures = 0;
    // While other attempts run, the next one is scheduled already.
    if (this.#attempts.size === 0) this.#attemptAfter(toBackOffMs(this.#failures++));
    if (this.#present) return;
    this.#isStarting = false;
    this.#room.open();
    this.#tell(() => this.#host.disconnected(failure));
  }

  #tell(tellHost: () => void): void {
    try {
      tellHost();
    } catch {
      // The error does not affect the connection, and must not reach the event handlers of a client.
    }
  }

  #attemptAfter(delayMs: number): void {
    this.#cancelAttempt();
    const timer = setTimeout(() => this.#attempt(), delayMs);
    this.#cancelAttempt = () => clearTimeout(timer);
  }

  #giveUpAttempts(): void {
    const attempts = [...this.#attempts];
    this.#attempts.clear();
    for (const attempt of attempts) attempt.end();
  }

  async #close(): Promise<void> {
    this.#isClosed = true;
    this.#cancelAttempt();
    this.#room.close();
    this.#giveUpAttempts();
    await this.#present?.whenIdle(DRAIN_TIMEOUT_MS);
    const link = this.#present;
    this.#present = undefined;
    link?.end();
  }
}
