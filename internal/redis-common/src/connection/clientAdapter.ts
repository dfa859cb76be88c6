import type { Readable } from 'node:stream';
import type { ServerNode, SocketNode } from '../config/serverNode';

/** A reply that is not an error. */
export type RespReply = string | number | null | readonly RespReply[];

/** Sends a command and returns the reply. An error reply rejects. */
export interface CommandSender {
  send(args: readonly string[]): Promise<RespReply>;
}

/** A client of one server. It connects once; after its connection is lost, it cannot be used again. */
export interface ServerClient extends CommandSender {
  /** Resolves when the client is connected and logged in. Call once. */
  connect(): Promise<unknown>;
  /** Closes the connection at once, even while it is being made. Commands without a reply reject. Can be called any number of times. */
  destroy(): void;
}

/** Makes clients of servers. */
export interface ClientFactory {
  /** What messages call the server, such as `Redis`. */
  readonly serverName: string;
  /**
   * `onLost` is called with the reason when the connection is lost, perhaps more than once. `onSocket` is called with the
   * socket before anything has been read from it.
   */
  createClient(
    server: ServerNode | SocketNode,
    onLost: (error: unknown) => void,
    onSocket?: (socket: Readable) => void,
  ): ServerClient;
}

/** A client library, adapted by its driver package. It sets no deadlines and does not reconnect. */
export interface ClientAdapter extends ClientFactory {
  /** Whether the error is an error reply of the server, which then has the text of the reply as its message. */
  isErrorReply(error: unknown): error is Error;
}
