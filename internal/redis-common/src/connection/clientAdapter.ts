import type { Readable } from 'node:stream';
import type { CacheError } from '@greenroom/cache-core';
import type { ServerNode, SocketNode } from '../config/serverNode';
import type { ServerPlace } from '../errors/serverPlace';

/** A reply that is not an error. */
export type RespReply = string | number | null | readonly RespReply[];

/** Sends a command and returns the reply. An error reply rejects, with its text as the message. */
export interface CommandSender {
  send(args: readonly string[]): Promise<RespReply>;
}

/** A client of one server. It connects once; after a lost connection it is of no more use. */
export interface ServerClient extends CommandSender {
  /** Connected and logged in. */
  readonly isReady: boolean;
  /** Resolves when the client is ready. Call once. */
  connect(): Promise<unknown>;
  /** Closes the connection at once: commands without a reply reject. Can be called any number of times. */
  destroy(): void;
}

/** A client library, adapted by its driver package. */
export interface ClientAdapter {
  /** What messages call the server, such as `Redis`. */
  readonly serverName: string;
  /**
   * `onLost` is called with the reason when the connection is lost, perhaps more than once. `onSocket` is called with the
   * socket before anything has been read from it.
   */
  createClient(
    server: ServerNode | SocketNode,
    connectTimeoutMs: number,
    onLost: (error: unknown) => void,
    onSocket?: (socket: Readable) => void,
  ): ServerClient;
  /** Whether it is an error reply of the server. */
  isErrorReply(error: unknown): error is Error;
  /** Maps any error of the library. `place` says where it happened. */
  toCacheError(error: unknown, place?: ServerPlace): CacheError;
}
