import { once } from 'node:events';
import { createServer } from 'node:net';
import type { AddressInfo, Socket } from 'node:net';
import { createServer as createTlsServer } from 'node:tls';
import type { TLSSocket, TlsOptions } from 'node:tls';
import { readCommand } from './hostileServer';
import { cleanUp } from './storeUnderTest';

/** A server that answers as a test says, in the order in which it is asked. */
export interface ScriptedServer {
  readonly host: string;
  readonly port: number;
  /** How many connections are open. */
  connections(): number;
}

/** The reply to a command; `undefined` = as a server does that holds nothing. */
export type Script = (words: readonly string[]) => string | undefined | Promise<string | undefined>;

/** Ends with the test. @param greeted - Told the name by which a client calls it in the greeting of TLS. */
export async function startScriptedServer(
  script: Script,
  tls?: TlsOptions,
  greeted: (name: unknown) => void = () => {},
): Promise<ScriptedServer> {
  const sockets = new Set<Socket>();
  const serve = (socket: Socket) => {
    sockets.add(socket);
    let received = Buffer.alloc(0);
    let answered = Promise.resolve();
    socket.on('close', () => sockets.delete(socket)).on('error', () => socket.destroy());
    socket.on('data', (chunk: Buffer) => {
      received = Buffer.concat([received, chunk]);
      for (let command = readCommand(received); command; command = readCommand(received)) {
        received = received.subarray(command.bytes);
        const { words } = command;
        answered = answered.then(async () => {
          const reply = (await script(words)) ?? replyTo(words);
          if (!socket.destroyed) socket.write(reply);
        });
      }
    });
  };
  const greet = (socket: TLSSocket & { readonly servername?: unknown }) => {
    greeted(socket.servername);
    serve(socket);
  };
  const server = tls ? createTlsServer(tls, greet).on('tlsClientError', () => {}) : createServer(serve);
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  cleanUp(async () => {
    server.close();
    for (const socket of sockets) socket.destroy();
  });
  return { host: '127.0.0.1', port: (server.address() as AddressInfo).port, connections: () => sockets.size };
}

function replyTo([command, text]: readonly string[]): string {
  if (command === 'PING') return text === undefined ? '+PONG\r\n' : toBulk(text);
  if (command === 'GET') return toBulk(undefined);
  return command === 'UNLINK' ? ':0\r\n' : '+OK\r\n';
}

export function toBulk(text: string | undefined): string {
  return text === undefined ? '$-1\r\n' : `$${Buffer.byteLength(text)}\r\n${text}\r\n`;
}

export type ReplyValue = string | number | readonly ReplyValue[];

/** A reply of texts, numbers and lists. */
export function toReply(value: ReplyValue): string {
  if (typeof value === 'string') return toBulk(value);
  return typeof value === 'number' ? `:${value}\r\n` : `*${value.length}\r\n${value.map(toReply).join('')}`;
}
