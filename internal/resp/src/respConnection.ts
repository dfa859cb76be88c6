import type { RespReply, RespSender } from './respClient';

/** Servers that are kept connected in the background, for ever. */
export interface RespConnection {
  /** Whether one command can name several keys. */
  readonly multiKey: boolean;
  /**
   * Sends a command for a key. Until the very first connection is made or has failed it waits; later it rejects with
   * CACHE_UNAVAILABLE at once when there is no connection.
   *
   * @param sinceMs - Since when it has waited already.
   */
  send(key: string, words: readonly string[], sinceMs?: number): Promise<RespReply>;
  /** Each server that holds keys of its own. Rejects with CACHE_UNAVAILABLE when one is away. */
  masters(): Promise<readonly RespSender[]>;
  /** How many connections can be used right now. */
  connections(): number;
  /** To be called again and again: sends a ping over every connection, and replaces those that have not answered the one before. */
  check(): void;
  /** To be called when a server refuses a write as a replica: another one may have become master. */
  readOnly(): void;
  /** Makes no connection any more, rejects what waits with CACHE_CLOSED, and ends the connections that there are after `idle`. */
  close(idle: Promise<void>): Promise<void>;
}

/** Who is told when the servers come and go, as often as it happens. */
export interface ConnectionEvents {
  connected(): void;
  disconnected(error: unknown): void;
}

/** Times that a connection keeps. */
export interface ConnectionTimes {
  /** Longest time that an operation may wait for the very first connection. */
  readonly commandTimeoutMs: number;
  /** Longest time that a connection may take to be made, login included. */
  readonly connectTimeoutMs: number;
}
