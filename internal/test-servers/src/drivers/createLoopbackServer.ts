import { once } from 'node:events';
import type { Server, Socket } from 'node:net';
import { claimPort } from '../helpers/claimPort';

/** A server inside the test process, on loopback, that can fail like a process. */
export interface LoopbackServer {
  readonly host: string;
  readonly port: number;
  /** Listens, on the same port each time. Does nothing when it already listens. */
  start(): Promise<void>;
  /** Stops listening and closes all connections. Does nothing when it is stopped. */
  stop(): Promise<void>;
  /** Stops reading: connections stay open, and new ones are accepted. */
  freeze(): void;
  /** Starts reading again. */
  thaw(): void;
}

/** @param create - Creates a new server at each start. */
export function createLoopbackServer(create: () => Server): LoopbackServer {
  return new ControlledServer(create);
}

class ControlledServer implements LoopbackServer {
  readonly host = '127.0.0.1';
  port = 0;
  readonly #create: () => Server;
  readonly #sockets = new Set<Socket>();
  #server: Server | undefined;
  #isFrozen = false;

  constructor(create: () => Server) {
    this.#create = create;
  }

  async start(): Promise<void> {
    // The port is kept until the process ends, as a stopped server may be started again.
    if (this.port === 0) this.port = (await claimPort()).port;
    if (this.#server) return;
    this.#server = this.#create();
    this.#server.on('connection', (socket: Socket) => {
      this.#sockets.add(socket);
      socket.on('close', () => this.#sockets.delete(socket)).on('error', () => socket.destroy());
      if (this.#isFrozen) socket.pause();
    });
    this.#server.listen(this.port, this.host);
    await once(this.#server, 'listening');
  }

  async stop(): Promise<void> {
    const server = this.#server;
    if (!server) return;
    this.#server = undefined;
    const closed = once(server, 'close');
    server.close();
    for (const socket of this.#sockets) socket.destroy();
    await closed;
  }

  freeze(): void {
    this.#isFrozen = true;
    for (const socket of this.#sockets) socket.pause();
  }

  thaw(): void {
    this.#isFrozen = false;
    for (const socket of this.#sockets) socket.resume();
  }
}
