import type { Readable } from 'node:stream';
import type { ServerNode, SocketNode } from '../config/serverNode';

/** A reply that is not an error. */
export type RespReply = string | number | null | readonly RespReply[];

/** Sends a command and returns the reply. An error reply rejects. */
export interface CommandSender {
  send(args: readonly string[]): Promise<RespReply>;
}

/** A client of one server. It connects once; after a lost connection it is of no more use. */
export interface ServerClient extends CommandSender {
  /** Resolves when the client is connected and logged in. Call once. */
  connect(): Promise<unknown>;
  /** Closes the connection at once, also while it is made: commands without a reply reject. Can be called any number of times. */
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
  /** Whether it is an error reply of the server, with its text as the message. */
  isErrorReply(error: unknown): error is Error;
}
