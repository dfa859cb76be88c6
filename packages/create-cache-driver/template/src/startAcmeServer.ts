import { once } from 'node:events';
import { createServer } from 'node:net';
import type { AddressInfo, Socket } from 'node:net';
import type { OutageServer } from '@greenroom/cache-core/testing';

/** A server within a test, which can fail as a process can. */
export interface AcmeServer extends OutageServer {
  readonly url: string;
  /** Refuses writes from now on, with this word, or takes them again. */
  refuseWrites(code: string | undefined): void;
  stop(): Promise<void>;
}

interface Entry {
  readonly text: string;
  readonly expiresAtMs: number;
}

/** What the server answers to requests that it refuses: neither a value nor a success. */
export function toRefusals(requests: string): string {
  return requests.replace(/^\[(\d+).*$/gm, '[$1,null,"BUSY"]');
}

/** Starts one, on loopback. */
export async function startAcmeServer(): Promise<AcmeServer> {
  const entries = new Map<string, Entry>();
  const sockets = new Set<Socket>();
  const host = '127.0.0.1';
  let server = createServer();
  let port = 0;
  let isFrozen = false;
  let refusal: string | undefined;

  async function start(): Promise<void> {
    if (server.listening) return;
    server = createServer({ noDelay: true }, serve).listen(port, host);
    await once(server, 'listening');
    ({ port } = server.address() as AddressInfo);
  }

  async function stop(): Promise<void> {
    if (!server.listening) return;
    const closed = once(server, 'close');
    server.close();
    for (const socket of sockets) socket.destroy();
    await closed;
  }

  function serve(socket: Socket): void {
    let rest = '';
    sockets.add(socket);
    socket.on('error', () => socket.destroy()).on('close', () => sockets.delete(socket));
    socket.setEncoding('utf8').on('data', (chunk: string) => {
      const lines = (rest + chunk).split('\n');
      rest = lines.pop() ?? '';
      socket.write(lines.map(answer).join(''));
    });
    if (isFrozen) socket.pause();
  }

  function answer(line: string): string {
    const [id, operation, key = '', text = '', ttlMs] = JSON.parse(line) as Request;
    const isWrite = operation === 'set' || operation === 'delete';
    if (isWrite && refusal !== undefined) return `${JSON.stringify([id, null, refusal])}\n`;
    if (operation === 'set') entries.set(key, { text, expiresAtMs: Date.now() + (ttlMs ?? Infinity) });
    if (operation === 'delete') entries.delete(key);
    const entry = operation === 'get' ? entries.get(key) : undefined;
    return `${JSON.stringify([id, entry && entry.expiresAtMs > Date.now() ? entry.text : null])}\n`;
  }

  await start();
  return {
    host,
    port,
    url: `acme://${host}:${port}`,
    start,
    stop,
    async kill() {
      entries.clear();
      await stop();
    },
    async freeze() {
      isFrozen = true;
      for (const socket of sockets) socket.pause();
    },
    async thaw() {
      isFrozen = false;
      for (const socket of sockets) socket.resume();
    },
    refuseWrites(code) {
      refusal = code;
    },
  };
}

type Request = readonly [id: number, operation: string, key?: string, text?: string, ttlMs?: number | null];
