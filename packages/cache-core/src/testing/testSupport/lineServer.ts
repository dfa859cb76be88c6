import { once } from 'node:events';
import { createServer } from 'node:net';
import type { AddressInfo, Socket } from 'node:net';
import type { OutageServer } from '../outageCases';

/** A store behind a socket: a JSON array `[id, operation, key, text]` a line, answered by `[id, text]`, in order. */
export interface LineServer extends OutageServer {
  stop(): Promise<void>;
}

export async function startLineServer(): Promise<LineServer> {
  const server = new JsonLineServer();
  await server.start();
  return server;
}

class JsonLineServer implements LineServer {
  readonly host = '127.0.0.1';
  port = 0;
  readonly #entries = new Map<string, string>();
  readonly #sockets = new Set<Socket>();
  #server = createServer();
  #isFrozen = false;

  async start(): Promise<void> {
    if (this.#server.listening) return;
    this.#server = createServer(socket => this.#serve(socket));
    this.#server.listen(this.port, this.host);
    await once(this.#server, 'listening');
    this.port = (this.#server.address() as AddressInfo).port;
  }

  async kill(): Promise<void> {
    this.#entries.clear();
    await this.stop();
  }

  async freeze(): Promise<void> {
    this.#isFrozen = true;
    for (const socket of this.#sockets) socket.pause();
  }

  async thaw(): Promise<void> {
    this.#isFrozen = false;
    for (const socket of this.#sockets) socket.resume();
  }

  async stop(): Promise<void> {
    if (!this.#server.listening) return;
    const closed = once(this.#server, 'close');
    this.#server.close();
    for (const socket of this.#sockets) socket.destroy();
    await closed;
  }

  #serve(socket: Socket): void {
    this.#sockets.add(socket);
    let buffer = '';
    socket
      .on('close', () => this.#sockets.delete(socket))
      .on('error', () => socket.destroy())
      .on('data', chunk => {
        const lines = (buffer + String(chunk)).split('\n');
        buffer = lines.pop() ?? '';
        socket.write(lines.map(line => this.#reply(line)).join(''));
      });
    if (this.#isFrozen) socket.pause();
  }

  #reply(line: string): string {
    const [id, operation, key = '', text = ''] = JSON.parse(line) as [number, string, string?, string?];
    if (operation === 'set') this.#entries.set(key, text);
    if (operation === 'delete') this.#entries.delete(key);
    return `${JSON.stringify([id, operation === 'get' ? this.#entries.get(key) : undefined])}\n`;
  }
}
