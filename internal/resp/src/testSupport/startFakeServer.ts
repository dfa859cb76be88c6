import { once } from 'node:events';
import { createServer } from 'node:net';
import type { AddressInfo, Socket } from 'node:net';
import { readCommand, replyTo } from './hostileServer';
import { cleanUp } from './storeUnderTest';

/** A server of a test that speaks RESP as it is told to, until the test ends. */
export interface FakeServer {
  readonly url: string;
  readonly entries: Map<string, string>;
  /** Connections so far. */
  readonly connections: number;
  /** The commands that have come, as their words. */
  readonly commands: readonly (readonly string[])[];
}

/**
 * @param answer - The reply to a command, where it is not that of a store: bytes of the protocol, or `end`, which ends the
 *   connection without one.
 */
export async function startFakeServer(answer: (words: readonly string[]) => string | undefined): Promise<FakeServer> {
  const entries = new Map<string, string>();
  const commands: (readonly string[])[] = [];
  const sockets = new Set<Socket>();
  let connections = 0;
  const server = createServer(socket => {
    connections++;
    sockets.add(socket);
    let received = Buffer.alloc(0);
    socket.on('close', () => sockets.delete(socket)).on('error', () => socket.destroy());
    socket.on('data', (chunk: Buffer) => {
      received = Buffer.concat([received, chunk]);
      for (let command = readCommand(received); command; command = readCommand(received)) {
        received = received.subarray(command.bytes);
        commands.push(command.words);
        const reply = answer(command.words) ?? replyTo(command.words, entries);
        if (reply === 'end') {
          socket.end();
          return;
        }
        socket.write(reply);
      }
    });
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  cleanUp(async () => {
    const closed = once(server, 'close');
    server.close();
    for (const socket of sockets) socket.destroy();
    await closed;
  });
  return {
    url: `redis://127.0.0.1:${(server.address() as AddressInfo).port}`,
    entries,
    commands,
    get connections() {
      return connections;
    },
  };
}
