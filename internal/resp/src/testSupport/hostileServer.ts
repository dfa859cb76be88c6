import { once } from 'node:events';
import { createServer } from 'node:net';
import type { AddressInfo, Socket } from 'node:net';
import { createServer as createTlsServer } from 'node:tls';

/** A server of a test, which speaks as much RESP as a store needs, and as badly as it is told to. */
export interface HostileServer {
  readonly url: string;
  /** Makes of the right reply to a command what is sent; absent = the right reply. */
  distort: ((reply: Buffer) => Distorted) | undefined;
  /** What is sent in reply to a command in place of the right reply; absent, or `undefined` = the right reply. */
  answer: ((words: readonly string[]) => string | undefined) | undefined;
  close(): Promise<void>;
}

/** How a hostile server listens. */
export interface HostileServerOptions {
  /** @defaultValue 127.0.0.1 */
  readonly host?: string;
  /** Certificate and key, as PEM. @defaultValue no TLS */
  readonly tls?: { readonly cert: string; readonly key: string };
  /** Takes a connection before any command is read. @defaultValue does nothing */
  readonly onConnection?: (socket: Socket) => void;
}

/** What is sent, and whether nothing comes after it: the connection is closed then, or says no more. */
export interface Distorted {
  readonly bytes: Buffer;
  readonly then?: 'end' | 'silence';
}

export async function startHostileServer({
  host = '127.0.0.1',
  tls,
  onConnection,
}: HostileServerOptions = {}): Promise<HostileServer> {
  const entries = new Map<string, string>();
  const sockets = new Set<Socket>();
  const accept = (socket: Socket) => {
    sockets.add(socket);
    onConnection?.(socket);
    let received = Buffer.alloc(0);
    let isSilent = false;
    socket.on('close', () => sockets.delete(socket)).on('error', () => socket.destroy());
    socket.on('data', (chunk: Buffer) => {
      received = Buffer.concat([received, chunk]);
      for (let command = readCommand(received); command; command = readCommand(received)) {
        received = received.subarray(command.bytes);
        const reply = Buffer.from(hostile.answer?.(command.words) ?? replyTo(command.words, entries));
        if (isSilent) continue;
        const { bytes, then } = hostile.distort?.(reply) ?? { bytes: reply };
        socket.write(bytes);
        isSilent = then !== undefined;
        if (then === 'end') socket.end();
      }
    });
  };
  const server = tls ? createTlsServer(tls, accept).on('tlsClientError', () => {}) : createServer(accept);
  server.listen(0, host);
  await once(server, 'listening');
  const hostile: HostileServer = {
    url: `${tls ? 'rediss' : 'redis'}://${host}:${(server.address() as AddressInfo).port}`,
    distort: undefined,
    answer: undefined,
    async close() {
      const closed = once(server, 'close');
      server.close();
      for (const socket of sockets) socket.destroy();
      await closed;
    },
  };
  return hostile;
}

/** The first command, which is a list of bulk strings, and how long it is; `undefined` when it is not complete. */
export function readCommand(received: Buffer): { words: string[]; bytes: number } | undefined {
  let offset = 0;
  const readNumber = () => {
    const end = received.indexOf('\r\n', offset);
    if (end === -1) return NaN;
    const number = Number(received.toString('latin1', offset + 1, end));
    offset = end + 2;
    return number;
  };
  const words: string[] = [];
  const count = readNumber();
  while (words.length < count) {
    const length = readNumber();
    if (!(offset + length + 2 <= received.length)) return undefined;
    words.push(received.toString('utf8', offset, offset + length));
    offset += length + 2;
  }
  return words.length === count ? { words, bytes: offset } : undefined;
}

/** What a server answers. */
export function replyTo([command = '', ...words]: readonly string[], entries: Map<string, string>): string {
  const [key = '', value = ''] = words;
  switch (command.toUpperCase()) {
    case 'GET':
      return toBulk(entries.get(key));
    case 'MGET':
      return `*${words.length}\r\n${words.map(word => toBulk(entries.get(word))).join('')}`;
    case 'SET':
      entries.set(key, value);
      return '+OK\r\n';
    case 'UNLINK':
    case 'DEL':
      return `:${words.filter(word => entries.delete(word)).length}\r\n`;
    case 'PING':
      return key === '' ? '+PONG\r\n' : toBulk(key);
    default:
      return '+OK\r\n';
  }
}

function toBulk(text: string | undefined): string {
  return text === undefined ? '$-1\r\n' : `$${Buffer.byteLength(text)}\r\n${text}\r\n`;
}
