import type { CacheError } from '../contract/cacheError';

/**
 * How to open, check and close one connection of a driver. {@link keepConnected} does the rest. Members are called as methods, so `this` is
 * the source. A member that throws counts as one that rejects.
 */
export interface ConnectionSource<Connection> {
  /** Name of the server in messages, with host and port and without credentials: `Acme at localhost:4000`. It may change. */
  readonly serverName: string;

  /**
   * Opens a connection and logs in. The client must neither reconnect by itself nor queue what it cannot send. Several calls can run at the
   * same time. A connection that is returned after the signal has aborted is closed.
   *
   * Set-up that can fail, such as creating a table, belongs here.
   *
   * @param signal - Aborts when the attempt has failed or is given up: after a rejection, after `lost`, after `connectTimeoutMs`, when
   * another attempt was faster, and at `close`. Then the source must close what is half open; no other call asks for that. Never aborts
   * after the connection was returned.
   * @param lost - Call it with the reason when the connection has ended. A call before the connection is returned makes the attempt fail.
   * Further calls, and calls during `close`, have no effect.
   */
  open(signal: AbortSignal, lost: (error: unknown) => void): Promise<Connection>;

  /**
   * Sends a small request that only a live server answers, and that no queue holds back. Resolves with any answer. Rejects when the
   * connection cannot be used, which ends it. The first ping is sent before the connection is used, and counts toward `connectTimeoutMs`.
   * There is never more than one ping without an answer.
   */
  ping(connection: Connection): Promise<unknown>;

  /**
   * Closes the connection at once, without waiting for the server, which may be silent. Operations without an answer must reject. Called
   * exactly once for each connection that `open` has returned.
   */
  close(connection: Connection): void;

  /**
   * Maps the errors of `open`, `lost`, `ping` and operations: CACHE_AUTH when the server refuses the credentials, CACHE_UNAVAILABLE when
   * there is no connection, other codes as they apply. Not called for an error that is already a CacheError.
   */
  toCacheError(error: unknown): CacheError;

  /**
   * Called after the first ping, when the connection is about to be used. What it sends goes before every operation: for instance a request
   * that ends the session of the previous connection, whose writes the server could still carry out. It must handle the rejections of what
   * it sends.
   */
  prepare?(connection: Connection): void;
}

/** Settings of {@link keepConnected}. */
export interface ConnectionOptions {
  /**
   * Longest time that an operation waits for the very first connection, in ms, above 0. Core limits the total time of an operation.
   *
   * @defaultValue 500
   */
  readonly commandTimeoutMs?: number | undefined;
  /** Longest time to make a connection, login and first ping included, in ms, above 0. @defaultValue 2000 */
  readonly connectTimeoutMs?: number | undefined;
  /** Whether operations wait for the very first connection. If false, they are refused. @defaultValue true */
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
  /** What happens to operations now. It changes before `host` is told. */
  readonly state: 'starting' | 'connected' | 'disconnected' | 'closed';

  /**
   * Runs the operation with the current connection, at once and in the order of the calls. Before the very first connection, the operation
   * waits until that is made or has failed. Rejects with a CacheError, which several operations may share:
   *
   * - what the operation throws or rejects with, mapped by the source;
   * - without a connection, the reason: CACHE_AUTH when the server refuses the credentials, otherwise CACHE_UNAVAILABLE;
   * - CACHE_TIMEOUT when the first connection was made after `commandTimeoutMs`; the operation has not run then;
   * - CACHE_OVERLOADED when 20,000 operations wait, or have no answer yet;
   * - CACHE_CLOSED after `close`.
   *
   * @param operation - Must use the connection at once, and no longer after its promise has settled.
   * @param sinceMs - When the operation began, by `performance.now()`. @defaultValue now
   */
  use<T>(operation: (connection: Connection) => Promise<T>, sinceMs?: number): Promise<T>;

  /**
   * Makes a new connection at once, for instance because another server is the master now. Attempts under way are given up. The current
   * connection is used until the new one is ready, and is then closed.
   */
  reconnect(): void;

  /**
   * Closes the current connection, because of the error, and makes a new one. Operations wait for the new connection as for the first one,
   * even if `waitsForFirst` is false. The server is fine, so `host` is told of a loss only if the new connection cannot be made. Does
   * nothing when there is no connection.
   */
  replace(error: CacheError): void;

  /** How many connections can be used right now: 0 or 1. */
  connections(): number;

  /**
   * Stops connecting, rejects operations that wait or come later with CACHE_CLOSED, and closes the connection when the operations under way
   * have ended, after 1 s at most. Leaves no timer. Idempotent, and never rejects.
   */
  close(): Promise<void>;
}
