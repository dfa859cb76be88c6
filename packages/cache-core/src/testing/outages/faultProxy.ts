import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { connect, createServer } from 'node:net';
import type { Socket } from 'node:net';
import { claimPort } from './claimPort';
import type { ClaimedPort } from './claimPort';

/** Where a server listens. */
export interface Address {
  /** Host name or IP address. */
  readonly host: string;
  /** TCP port, 1 to 65535. */
  readonly port: number;
}

/**
 * What a proxy does to replies. `cut` forwards half of the next one and closes the connection; `garbage` sends random bytes instead;
 * `trickle` sends byte by byte; `delayMs` delays each reply by this time; `answer` replies in place of the server, which receives nothing.
 */
export type ReplyFault =
  'cut' | 'garbage' | 'trickle' | { readonly delayMs: number } | { readonly answer: (request: string) => string };

/** A TCP proxy on loopback, in front of one server, that can behave like a broken network. */
export interface FaultProxy {
  /** Where the proxy listens; the same for its whole life. */
  readonly address: Address;
  /** Number of open connections to the proxy; with `silent`, only of those in a black hole. */
  connections(which?: 'silent'): number;
  /** Closes all connections and refuses new ones. */
  refuse(): void;
  /** Drops all bytes of the open connections, which stay open. `all` includes connections that are made later. */
  blackHole(connections: 'old' | 'all'): void;
  /** Damages the replies of all connections. */
  damage(fault: ReplyFault): void;
  /** Ends every fault. Connections that were in a black hole stay silent, since some of their bytes are lost. */
  heal(): Promise<void>;
  /** Closes all connections and stops listening. */
  close(): Promise<void>;
}

/** Starts a proxy in front of a server, which need not be up. */
export async function createFaultProxy(target: Address): Promise<FaultProxy> {
  const proxy = new TcpProxy(target, await claimPort());
  await proxy.listen();
  return proxy;
}

interface Connection {
  readonly client: Socket;
  /** Absent when the connection was made while the proxy was a black hole. */
  readonly server?: Socket;
  isSilent: boolean;
  /** Number of replies that are held back. */
  held: number;
  /** Resolves when all of them are delivered. */
  delivered: Promise<void>;
}

class TcpProxy implements FaultProxy {
  readonly #target: Address;
  readonly #claim: ClaimedPort;
  readonly #connections = new Set<Connection>();
  readonly #timers = new Set<NodeJS.Timeout>();
  #server = createServer();
  #dropsNew = false;
  #replyFault: ReplyFault | undefined;

  constructor(target: Address, claim: ClaimedPort) {
    this.#target = target;
    this.#claim = claim;
  }

  get address(): Address {
    return { host: '127.0.0.1', port: this.#claim.port };
  }

  connections(which?: 'silent'): number {
    const open = [...this.#connections].filter(({ client }) => !client.destroyed);
    return which === 'silent' ? open.filter(({ isSilent }) => isSilent).length : open.length;
  }

  async listen(): Promise<void> {
    this.#server = createServer(client => this.#accept(client));
    this.#server.listen(this.#claim.port, '127.0.0.1');
    await once(this.#server, 'listening');
  }

  refuse(): void {
    this.#server.close();
    this.#disconnect();
  }

  blackHole(connections: 'old' | 'all'): void {
    for (const connection of this.#connections) connection.isSilent = true;
    this.#dropsNew = connections === 'all';
  }

  damage(fault: ReplyFault): void {
    this.#replyFault = fault;
  }

  async heal(): Promise<void> {
    this.#dropsNew = false;
    this.#replyFault = undefined;
    if (!this.#server.listening) await this.listen();
  }

  async close(): Promise<void> {
    for (const timer of this.#timers) clearTimeout(timer);
    this.#disconnect();
    if (this.#server.listening) {
      const closed = once(this.#server, 'close');
      this.#server.close();
      await closed;
    }
    this.#claim.release();
  }

  #disconnect(): void {
    for (const { client, server } of this.#connections) {
      client.destroy();
      server?.destroy();
    }
  }

  #accept(client: Socket): void {
    const server = this.#dropsNew ? undefined : connect(this.#target).setNoDelay(true);
    const connection: Connection = {
      client: client.setNoDelay(true),
      ...(server && { server }),
      isSilent: !server,
      held: 0,
      delivered: Promise.resolve(),
    };
    this.#connections.add(connection);
    client.on('data', (bytes: Buffer) => {
      if (connection.isSilent) return;
      const fault = this.#replyFault;
      if (typeof fault === 'object' && 'answer' in fault) client.write(fault.answer(String(bytes)));
      else server?.write(bytes);
    });
    server?.on('data', (bytes: Buffer) => {
      if (!connection.isSilent) this.#reply(connection, server, bytes);
    });
    const end = () => {
      this.#connections.delete(connection);
      // A black hole also hides that the server has closed the connection.
      if (connection.isSilent && !client.destroyed) this.#connections.add(connection);
      else client.destroy();
      server?.destroy();
    };
    for (const socket of [client, server]) socket?.on('error', end).on('close', end);
  }

  /** Replies stay in order, as in TCP: a delayed reply delays all that follow it. */
  #reply(connection: Connection, server: Socket, bytes: Buffer): void {
    const fault = this.#replyFault;
    if (fault === undefined && connection.held === 0) {
      connection.client.write(bytes);
      return;
    }
    const receivedAtMs = performance.now();
    connection.held++;
    connection.delivered = connection.delivered.then(async () => {
      await this.#deliver(connection.client, server, bytes, fault, receivedAtMs);
      connection.held--;
    });
  }

  async #deliver(
    client: Socket,
    server: Socket,
    bytes: Buffer,
    fault: ReplyFault | undefined,
    receivedAtMs: number,
  ): Promise<void> {
    if (fault === 'garbage') {
      client.write(randomBytes(bytes.length));
    } else if (fault === 'cut') {
      client.end(bytes.subarray(0, Math.ceil(bytes.length / 2)));
      server.destroy();
    } else if (fault === 'trickle') {
      for (let index = 0; index < bytes.length; index++) {
        client.write(bytes.subarray(index, index + 1));
        await nextTurn();
      }
    } else {
      const leftMs = fault === undefined || 'answer' in fault ? 0 : receivedAtMs + fault.delayMs - performance.now();
      if (leftMs > 0) await this.#wait(leftMs);
      client.write(bytes);
    }
  }

  /** Waits for `ms`. Closing the proxy clears the timer. */
  #wait(ms: number): Promise<void> {
    return new Promise(resolve => {
      const timer = setTimeout(() => {
        this.#timers.delete(timer);
        resolve();
      }, ms);
      this.#timers.add(timer);
    });
  }
}

const nextTurn = () => new Promise<void>(resolve => setImmediate(resolve));
