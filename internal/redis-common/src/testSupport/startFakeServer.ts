import { once } from 'node:events';
import { createServer } from 'node:net';
import type { AddressInfo, Socket } from 'node:net';
import { createServer as createTlsServer } from 'node:tls';
import { cleanUp } from '@greenroom/test-servers/cleanUp';
import { readCommand } from './readCommand';
import { toBulk } from './toReply';

/**
 * The reply to a command, as bytes of the protocol; `end` closes the connection without one. `undefined` leaves the
 * reply to the server, which keeps entries as Redis does.
 */
export type Script = (args: readonly string[]) => string | undefined | Promise<string | undefined>;

/** What is sent in place of a reply. After it the connection may be closed, or may send nothing more. */
export interface Distorted {
  readonly bytes: Buffer;
  readonly then?: 'end' | 'silence';
}

/** A server that speaks RESP as a test tells it to, and stops when the test ends. */
export interface FakeServer {
  readonly host: string;
  readonly port: number;
  readonly url: string;
  readonly entries: Map<string, string>;
  /** All commands received so far, each as its args. */
  readonly commands: readonly (readonly string[])[];
  /** How many connections are open. */
  readonly openConnections: number;
  /** How many connections there have been. */
  readonly connections: number;
  /** Replaces the script of the options. */
  answer: Script | undefined;
  /** Changes replies before they are sent. */
  distort: ((reply: Buffer) => Distorted) | undefined;
}

export interface FakeServerOptions {
  /** @defaultValue every reply is that of a server */
  readonly answer?: Script;
  /** @defaultValue 127.0.0.1 */
  readonly host?: string;
  /** Certificate and key, as PEM. @defaultValue no TLS */
  readonly tls?: { readonly cert: string; readonly key: string };
  /** Called with each connection before any command is read; `servername` is the name in the TLS greeting. */
  readonly onConnection?: (socket: Socket & { readonly servername?: unknown }) => void;
  /** The entries, which several servers can share. @defaultValue an empty map of its own */
  readonly entries?: Map<string, string>;
}

export async function startFakeServer({
  answer,
  host = '127.0.0.1',
  tls,
  onConnection,
  entries = new Map(),
}: FakeServerOptions = {}): Promise<FakeServer> {
  const commands: (readonly string[])[] = [];
  const sockets = new Set<Socket>();
  let connections = 0;

  const accept = (socket: Socket) => {
    connections++;
    sockets.add(socket);
    onConnection?.(socket);
    let received = Buffer.alloc(0);
    let isSilent = false;
    let answered = Promise.resolve();
    const reply = async (args: readonly string[]) => {
      const scripted = await fake.answer?.(args);
      if (!socket.writable) return;
      if (scripted === 'end') return void socket.end();
      const right = Buffer.from(scripted ?? replyTo(args, entries));
      if (isSilent) return;
      const { bytes, then } = fake.distort?.(right) ?? { bytes: right };
      socket.write(bytes);
      isSilent = then !== undefined;
      if (then === 'end') socket.end();
    };
    socket.on('close', () => sockets.delete(socket)).on('error', () => socket.destroy());
    socket.on('data', (chunk: Buffer) => {
      received = Buffer.concat([received, chunk]);
      for (let command = readCommand(received); command; command = readCommand(received)) {
        received = received.subarray(command.bytes);
        const { args } = command;
        commands.push(args);
        answered = answered.then(() => reply(args));
      }
    });
  };
  const server = tls ? createTlsServer(tls, accept).on('tlsClientError', () => {}) : createServer(accept);
  server.listen(0, host);
  await once(server, 'listening');
  cleanUp(async () => {
    const closed = once(server, 'close');
    server.close();
    for (const socket of sockets) socket.destroy();
    await closed;
  });
  const { port } = server.address() as AddressInfo;
  const fake: FakeServer = {
    host,
    port,
    url: `${tls ? 'rediss' : 'redis'}://${host}:${port}`,
    entries,
    commands,
    get openConnections() {
      return sockets.size;
    },
    get connections() {
      return connections;
    },
    answer,
    distort: undefined,
  };
  return fake;
}

function replyTo([command = '', ...args]: readonly string[], entries: Map<string, string>): string {
  const [key = '', value = ''] = args;
  switch (command.toUpperCase()) {
    case 'GET':
      return toBulk(entries.get(key));
    case 'MGET':
      return `*${args.length}\r\n${args.map(word => toBulk(entries.get(word))).join('')}`;
    case 'SET':
      entries.set(key, value);
      return '+OK\r\n';
    case 'UNLINK':
    case 'DEL':
      return `:${args.filter(word => entries.delete(word)).length}\r\n`;
    case 'PING':
      return key === '' ? '+PONG\r\n' : toBulk(key);
    default:
      return '+OK\r\n';
  }
}
