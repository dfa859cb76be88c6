import { createServer } from 'node:net';
import type { Socket } from 'node:net';
import { createLoopbackServer } from '@greenroom/test-servers';
import type { OutageServer } from '../outages/outageTarget';

/** A store behind a socket. Each line is a JSON array `[id, operation, key, text]`; replies `[id, text]` keep the order. */
export interface LineServer extends OutageServer {
  stop(): Promise<void>;
}

export async function startLineServer(): Promise<LineServer> {
  const entries = new Map<string, string>();
  const server = createLoopbackServer(() => createServer(socket => serve(socket, entries)));
  await server.start();
  return {
    host: server.host,
    port: server.port,
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

function serve(socket: Socket, entries: Map<string, string>): void {
  let buffer = '';
  socket.on('data', chunk => {
    const lines = (buffer + String(chunk)).split('\n');
    buffer = lines.pop() ?? '';
    socket.write(lines.map(line => replyTo(line, entries)).join(''));
  });
}

function replyTo(line: string, entries: Map<string, string>): string {
  const [id, operation, key = '', text = ''] = JSON.parse(line) as [number, string, string?, string?];
  if (operation === 'set') entries.set(key, text);
  if (operation === 'delete') entries.delete(key);
  return `${JSON.stringify([id, operation === 'get' ? entries.get(key) : undefined])}\n`;
}
