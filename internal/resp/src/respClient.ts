import type { Readable } from 'node:stream';
import type { CacheError } from '@greenroom/cache-core';
import type { ServerNode, SocketNode } from './serverNode';
import type { ServerPlace } from './serverPlace';

/** What a server answers, an error apart. */
export type RespReply = string | number | null | readonly RespReply[];

/** Takes a command and gives the reply; an error reply rejects with an error whose message is its text. */
export interface RespSender {
  send(words: readonly string[]): Promise<RespReply>;
}

/** A client of one server. It connects once, and when the connection is lost that was its end. */
export interface RespClient extends RespSender {
  /** Connected and logged in. */
  readonly isReady: boolean;
  /** Resolves when the client is ready. To be called once. */
  connect(): Promise<unknown>;
  /** Ends the connection at once: what has no reply yet rejects. Can be called any number of times. */
  destroy(): void;
}

/** What a driver package makes of its client library. */
export interface ClientLibrary {
  /** How messages call the server, such as `Redis`. */
  readonly serverName: string;
  /**
   * `onLost` is told why the connection is lost, once or more often; `onSocket` is given what the connection reads from, before
   * anything has been read.
   */
  createClient(
    server: ServerNode | SocketNode,
    connectTimeoutMs: number,
    onLost: (error: unknown) => void,
    onSocket?: (socket: Readable) => void,
  ): RespClient;
  /** Whether it is what the server has answered. */
  isErrorReply(error: unknown): error is Error;
  /** Maps whatever the library throws. `place` is where that was. */
  toCacheError(error: unknown, place?: ServerPlace): CacheError;
}
