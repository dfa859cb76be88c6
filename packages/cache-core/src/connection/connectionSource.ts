import type { CacheError } from '../contract/cacheError';

/** How to make, prove and end one connection of a driver. The rest of its life belongs to {@link keepConnected}. */
export interface ConnectionSource<Connection> {
  /** What messages call the server, with host and port and without credentials: `Acme at localhost:4000`. It may change. */
  readonly serverName: string;

  /**
   * Makes a connection that is logged in. The reconnection of the client itself has to be off. What is half made when the signal
   * aborts must be closed: its result is not used any more. Several calls can run at the same time.
   *
   * @param lost - To be called, with the reason, when the connection has ended; further calls have no effect.
   */
  open(signal: AbortSignal, lost: (error: unknown) => void): Promise<Connection>;

  /**
   * Asks for something small that only a live server answers, and that no queue holds back. Resolves with any answer, and rejects
   * when the connection is of no use. The first ping of a connection is sent before it is used.
   */
  ping(connection: Connection): Promise<unknown>;

  /** Ends the connection at once: operations without an answer reject. Called at most once for each connection. */
  close(connection: Connection): void;

  /** Maps what `open`, `lost`, `ping` and operations give as an error. It does not get errors that are a CacheError already. */
  toCacheError(error: unknown): CacheError;

  /** Called when the connection is about to be used. What it sends goes before every operation. */
  prepare?(connection: Connection): void;
}

/** Settings of {@link keepConnected}. */
export interface ConnectionOptions {
  /** Longest time of an operation, its wait for the very first connection included, in ms, above 0. @defaultValue 500 */
  readonly commandTimeoutMs?: number | undefined;
  /** Longest time to make a connection, login included, in ms, above 0. @defaultValue 2000 */
  readonly connectTimeoutMs?: number | undefined;
  /** Whether operations wait for the very first connection. @defaultValue true */
  readonly waitsForFirst?: boolean | undefined;
}

/**
 * A connection to one server that is replaced when it is lost.
 *
 * - `starting`: there has been neither a connection nor a failed attempt. Operations wait, unless `waitsForFirst` is off.
 * - `connected`: operations are sent.
 * - `disconnected`: operations are refused.
 * - `closed`: they are refused for good.
 */
export interface KeptConnection<Connection> {
  /** What happens to operations now. */
  readonly state: 'starting' | 'connected' | 'disconnected' | 'closed';

  /**
   * Runs the operation with the present connection, at once and in the order of the calls. Before the very first one it waits until
   * that is made or has failed. Rejects with a CacheError: what the operation rejects with, mapped; CACHE_UNAVAILABLE or CACHE_AUTH
   * without a connection; CACHE_TIMEOUT when the wait was longer than `commandTimeoutMs`; CACHE_OVERLOADED beyond 20,000
   * operations at the same time; CACHE_CLOSED after `close`.
   *
   * @param sinceMs - When the operation began, by `performance.now()`. @defaultValue now
   */
  use<T>(operation: (connection: Connection) => Promise<T>, sinceMs?: number): Promise<T>;

  /** Makes a new connection, for instance because another server is the master now. The present one is used until then. */
  reconnect(): void;

  /**
   * Closes the present connection, because of the error, and makes a new one. Operations wait for it as for the first one, since the
   * server is fine: `host` is not told. Does nothing without a connection.
   */
  replace(error: CacheError): void;

  /** How many connections can be used right now: 0 or 1. */
  connections(): number;

  /** Stops connecting, rejects what waits, and closes the connection when operations have ended, after 1 s at most. Idempotent. */
  close(): Promise<void>;
}
