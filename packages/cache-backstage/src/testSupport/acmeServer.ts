import { once } from 'node:events';
import { createServer } from 'node:http';
import type { IncomingMessage, ServerResponse } from 'node:http';
import type { AddressInfo, Socket } from 'node:net';
import { text } from 'node:stream/consumers';
import type { OutageServer } from '@greenroom/cache-core/testing';

/** The made-up server of docs/writing-a-driver.md: `PUT`, `GET` and `DELETE` of a path, and a header for the ttl. */
export interface AcmeServer extends OutageServer {
  readonly url: string;
  /** The value under a path. */
  valueOf(path: string): string | undefined;
  stop(): Promise<void>;
}

export async function startAcmeServer(): Promise<AcmeServer> {
  const server = new HttpStore();
  await server.start();
  return server;
}

interface Entry {
  readonly value: string;
  readonly expiresAtMs: number;
}

class HttpStore implements AcmeServer {
  readonly host = '127.0.0.1';
  port = 0;
  readonly #entries = new Map<string, Entry>();
  readonly #sockets = new Set<Socket>();
  #server = createServer();
  #isFrozen = false;

  get url(): string {
    return `http://${this.host}:${this.port}`;
  }

  valueOf(path: string): string | undefined {
    const entry = this.#entries.get(path);
    return entry && entry.expiresAtMs > Date.now() ? entry.value : undefined;
  }

  async start(): Promise<void> {
    if (this.#server.listening) return;
    this.#server = createServer((request, response) => void this.#answer(request, response));
    this.#server.on('connection', socket => {
      this.#sockets.add(socket);
      socket.on('close', () => this.#sockets.delete(socket));
      if (this.#isFrozen) socket.pause();
    });
    this.#server.listen(this.port, this.host);
    await once(this.#server, 'listening');
    this.port = (this.#server.address() as AddressInfo).port;
  }

  async stop(): Promise<void> {
    if (!this.#server.listening) return;
    const closed = once(this.#server, 'close');
    this.#server.close();
    for (const socket of this.#sockets) socket.destroy();
    await closed;
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

  async #answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const { method, url: path = '' } = request;
    if (method === 'GET') {
      const value = this.valueOf(path);
      response.writeHead(value === undefined ? 404 : 200).end(value);
      return;
    }
    if (method === 'DELETE') this.#entries.delete(path);
    if (method === 'PUT') {
      const ttlMs = Number(request.headers['x-ttl-ms'] ?? Infinity);
      this.#entries.set(path, { value: await text(request), expiresAtMs: Date.now() + ttlMs });
    }
    response.writeHead(204).end();
  }
}
