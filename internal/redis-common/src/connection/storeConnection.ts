import type { CommandSender, RespReply } from './clientAdapter';

/** A server that holds keys of its own. */
export type Master = {
  /** Its name: `host:port`, or the path of a socket. */
  readonly address: string;
} & (
  | { readonly client: CommandSender }
  /** The server cannot be asked; `error` is the CacheError that says why. */
  | { readonly client: undefined; readonly error: unknown }
);

/** Keeps servers connected in the background. Its methods reject with a CacheError, for which `failureOf` may return further details. */
export interface StoreConnection {
  /** Whether one command can name several keys. */
  readonly multiKey: boolean;
  /**
   * Sends a command for a key. It waits until the very first connection is made or has failed. Later it rejects at once
   * with CACHE_UNAVAILABLE or CACHE_AUTH when there is no connection.
   *
   * @param sinceMs - When the operation began, by `performance.now()`. @defaultValue now
   */
  send(key: string, args: readonly string[], sinceMs?: number): Promise<RespReply>;
  /** Each server that holds keys of its own. Rejects with CACHE_UNAVAILABLE or CACHE_AUTH when none is known, or the only one is away. */
  masters(): Promise<readonly Master[]>;
  /** The servers that are connected or should be: `host:port`, or the path of a socket. */
  servers(): readonly string[];
  /** How many connections can be used right now. */
  connections(): number;
  /** Call when a server refuses a write as a replica: another one may be the master now. */
  becameReadOnly(): void;
  /** Stops connecting, rejects waiting and later operations with CACHE_CLOSED, and closes the connections when they are idle. */
  close(): Promise<void>;
}

/** Time limits of a connection. */
export interface ConnectionTimes {
  /** Longest wait of an operation for the very first connection. */
  readonly commandTimeoutMs: number;
  /** Longest time to make a connection, login included. */
  readonly connectTimeoutMs: number;
}
