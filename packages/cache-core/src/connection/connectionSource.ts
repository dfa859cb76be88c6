import type { CacheError } from '../contract/cacheError';

/**
 * How to make, prove and end one connection of a driver. The rest of its life belongs to {@link keepConnected}. Members are called as
 * methods, so `this` is the source. What a member throws counts as its rejection.
 */
export interface ConnectionSource<Connection> {
  /** What messages call the server, with host and port and without credentials: `Acme at localhost:4000`. It may change. */
  readonly serverName: string;

  /**
   * Makes a connection that is logged in. The client must not reconnect by itself, nor queue what it cannot send. Several calls can
   * run at the same time. A connection that is given after the signal has aborted is closed.
   *
   * Set-up that can fail, such as creating a table, belongs here.
   *
   * @param signal - Aborts when the attempt has failed or is given up: after a rejection, after `lost`, after `connectTimeoutMs`, for
   * another attempt that was faster, at `close`. Then what is half made has to be closed, for which nothing else is needed. Never
   * aborts once the connection is given.
   * @param lost - To be called, with the reason, when the connection has ended; before it is given, the attempt has failed. Further
   * calls have no effect, nor has one during `close`.
   */
  open(signal: AbortSignal, lost: (error: unknown) => void): Promise<Connection>;

  /**
   * Asks for something small that only a live server answers, and that no queue holds back. Resolves with any answer, and rejects
   * when the connection is of no use, which ends it. The first ping is sent before the connection is used, within
   * `connectTimeoutMs`; there is never more than one without an answer.
   */
  ping(connection: Connection): Promise<unknown>;

  /**
   * Ends the connection at once, without waiting for the server, which may be silent: operations without an answer reject. Called
   * exactly once for each connection that `open` gave.
   */
  close(connection: Connection): void;

  /**
   * Maps what `open`, `lost`, `ping` and operations give as an error: CACHE_AUTH when the server refuses the credentials,
   * CACHE_UNAVAILABLE when there is no connection, others as they apply. Does not get errors that are a CacheError already.
   */
  toCacheError(error: unknown): CacheError;

  /**
   * Called after the first ping, when the connection is about to be used. What it sends goes before every operation, for instance to
   * end the session of a connection before it on a server that could still carry out its writes. It handles the rejections of what
   * it sends.
   */
  prepare?(connection: Connection): void;
}

/** Settings of {@link keepConnected}. */
export interface ConnectionOptions {
  /**
   * Longest time that an operation waits for the very first connection, in ms, above 0. How long it may take altogether is the
   * affair of core. @defaultValue 500
   */
  readonly commandTimeoutMs?: number | undefined;
  /** Longest time to make a connection, login and first ping included, in ms, above 0. @defaultValue 2000 */
  readonly connectTimeoutMs?: number | undefined;
  /** Whether operations wait for the very first connection. Without it they are refused. @defaultValue true */
  readonly waitsForFirst?: boolean | undefined;
}

/**
 * A connection to one server that is replaced when it is lost.
 *
 * - `starting`: there has been neither a connection nor a failed attempt, or `replace` was called. Operations wait, unless
 *   `waitsForFirst` is off.
 * - `connected`: operations are sent.
 * - `disconnected`: operations are refused.
 * - `closed`: they are refused for good.
 */
export interface KeptConnection<Connection> {
  /** What happens to operations now. It has changed already when `host` is told. */
  readonly state: 'starting' | 'connected' | 'disconnected' | 'closed';

  /**
   * Runs the operation with the present connection, at once and in the order of the calls. Before the very first one it waits until
   * that is made or has failed. Rejects with a CacheError, which several operations may share:
   *
   * - what the operation throws or rejects with, mapped by the source;
   * - without a connection, the reason: CACHE_AUTH when the server refuses the credentials, otherwise CACHE_UNAVAILABLE;
   * - CACHE_TIMEOUT when the first connection was made after `commandTimeoutMs`; the operation has not run then;
   * - CACHE_OVERLOADED when 20,000 operations wait, or have no answer yet;
   * - CACHE_CLOSED after `close`.
   *
   * @param operation - Uses the connection at once, and not after its promise has settled.
   * @param sinceMs - When the operation began, by `performance.now()`. @defaultValue now
   */
  use<T>(operation: (connection: Connection) => Promise<T>, sinceMs?: number): Promise<T>;

  /**
   * Makes a new connection at once, for instance because another server is the master now. Attempts under way are given up. The
   * present connection is used until the new one is ready, and closed then.
   */
  reconnect(): void;

  /**
   * Closes the present connection, because of the error, and makes a new one. Operations wait for it as for the first one, also
   * without `waitsForFirst`: the server is fine, so `host` is told of a loss only if it cannot be made. Does nothing without a
   * connection.
   */
  replace(error: CacheError): void;

  /** How many connections can be used right now: 0 or 1. */
  connections(): number;

  /**
   * Stops connecting, rejects what waits or comes later with CACHE_CLOSED, and closes the connection when operations have ended,
   * after 1 s at most. Leaves no timer. Idempotent, and never rejects.
   */
  close(): Promise<void>;
}
