import { createServer } from 'node:http';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { text } from 'node:stream/consumers';
import type { OutageServer } from '@greenroom/cache-core/testing';
import { createLoopbackServer } from '@greenroom/test-servers';

/** The fictional server of docs/writing-a-driver.md: `PUT`, `GET` and `DELETE` of a path, and a header for the ttl. */
export interface AcmeServer extends OutageServer {
  readonly url: string;
  /** The value stored under a path. */
  valueOf(path: string): string | undefined;
  stop(): Promise<void>;
}

interface Entry {
  readonly value: string;
  readonly expiresAtMs: number;
}

export async function startAcmeServer(): Promise<AcmeServer> {
  const entries = new Map<string, Entry>();
  const server = createLoopbackServer(() =>
    createServer((request, response) => void answer(request, response, entries)),
  );
  await server.start();
  return {
    host: server.host,
    port: server.port,
    url: `http://${server.host}:${server.port}`,
    valueOf: path => findValue(entries, path),
    start: () => server.start(),
    stop: () => server.stop(),
    async kill() {
      entries.clear();
      await server.stop();
    },
    freeze: async () => server.freeze(),
    thaw: async () => server.thaw(),
  };
}

function findValue(entries: Map<string, Entry>, path: string): string | undefined {
  const entry = entries.get(path);
  return entry && entry.expiresAtMs > Date.now() ? entry.value : undefined;
}

async function answer(request: IncomingMessage, response: ServerResponse, entries: Map<string, Entry>): Promise<void> {
  const { method, url: path = '' } = request;
  if (method === 'GET') {
    const value = findValue(entries, path);
    response.writeHead(value === undefined ? 404 : 200).end(value);
    return;
  }
  if (method === 'DELETE') entries.delete(path);
  if (method === 'PUT') {
    const ttlMs = Number(request.headers['x-ttl-ms'] ?? Infinity);
    entries.set(path, { value: await text(request), expiresAtMs: Date.now() + ttlMs });
  }
  response.writeHead(204).end();
}
