import type { NodeClient } from './nodeClient';

/** The commands of a client or a cluster that the store uses. */
export type RedisCommands = Pick<NodeClient, 'get' | 'set' | 'unlink' | 'del'>;

/** Servers that are kept connected in the background, for ever. */
export interface RedisConnection {
  /** What to send a command for this key to. Throws CACHE_UNAVAILABLE when there is no connection for it. */
  commands(key: string): RedisCommands;
  /** A client of each server that holds keys of its own. Rejects with CACHE_UNAVAILABLE when one is away. */
  masters(): Promise<readonly NodeClient[]>;
  /** Sends a ping over every connection, and replaces those that have not answered the one before. */
  check(): void;
  /** To be called when a server refuses a write as a replica: another one may have become master. */
  readOnly(): void;
  /** Settles when operations in flight have ended, or after a moment. */
  close(): Promise<void>;
}

/** Who is told when the servers come and go, as often as it happens. */
export interface ConnectionEvents {
  connected(): void;
  disconnected(error: unknown): void;
}
