import { once } from 'node:events';
import { createServer } from 'node:net';
import type { AddressInfo, Socket } from 'node:net';
import type { OutageServer } from '@greenroom/cache-core/testing';

/** A server within a test, which can fail as a process can. */
export interface TcpServer extends OutageServer {
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
  return 'refused BUSY\n'.repeat(requests.match(/^(get|set|delete|ping)\b/gm)?.length ?? 0);
}

/** Starts one, on loopback. @param login - User and password that it asks for, such as `user secret`. @defaultValue none */
export async function startTcpServer(login?: string): Promise<TcpServer> {
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
    let unread = Buffer.alloc(0);
    let isLoggedIn = login === undefined;
    sockets.add(socket);
    socket.on('error', () => socket.destroy()).on('close', () => sockets.delete(socket));
    socket.on('data', chunk => {
      unread = Buffer.concat([unread, chunk]);
      for (let request = readRequest(unread); request; request = readRequest(unread)) {
        unread = unread.subarray(request.bytes);
        if (request.words[0] === 'login') isLoggedIn = request.words.slice(1).join(' ') === login;
        socket.write(isLoggedIn ? answer(request) : 'refused AUTH\n');
      }
    });
    if (isFrozen) socket.pause();
  }

  function answer({ words: [operation, key = '', ttlMs], text }: Request): string {
    const isWrite = operation === 'set' || operation === 'delete';
    if (isWrite && refusal !== undefined) return `refused ${refusal}\n`;
    if (operation === 'set')
      entries.set(key, { text, expiresAtMs: ttlMs === '-' ? Infinity : Date.now() + Number(ttlMs) });
    if (operation === 'delete') entries.delete(key);
    if (operation !== 'get') return 'done\n';
    const entry = entries.get(key);
    if (!entry || entry.expiresAtMs <= Date.now()) return 'none\n';
    return `value ${Buffer.byteLength(entry.text)}\n${entry.text}\n`;
  }

  await start();
  return {
    host,
    port,
    url: `tcp://${host}:${port}`,
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

interface Request {
  readonly words: readonly string[];
  /** Of a `set`. */
  readonly text: string;
  readonly bytes: number;
}

/** The first request, once it is there as a whole. */
function readRequest(unread: Buffer): Request | undefined {
  const end = unread.indexOf('\n');
  if (end < 0) return undefined;
  const words = unread.toString('latin1', 0, end).split(' ');
  if (words[0] !== 'set') return { words, text: '', bytes: end + 1 };
  const textEnd = end + 1 + Number(words[3]);
  if (unread.length <= textEnd) return undefined;
  return { words, text: unread.toString('utf8', end + 1, textEnd), bytes: textEnd + 1 };
}
