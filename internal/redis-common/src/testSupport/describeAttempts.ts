import { once } from 'node:events';
import { createServer } from 'node:net';
import type { AddressInfo, Socket } from 'node:net';
import { until } from '@greenroom/test-servers';
import { cleanUp } from '@greenroom/test-servers/cleanUp';
import type { StoreUnderTest } from './storeUnderTest';

/** Accepts connections and never sends anything. */
async function startSilentServer() {
  const sockets = new Set<Socket>();
  let accepted = 0;
  const server = createServer(socket => {
    accepted++;
    sockets.add(socket);
    socket.on('error', () => {}).on('close', () => sockets.delete(socket));
    // The end of a socket is noticed only if the socket is read.
    socket.resume();
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  cleanUp(async () => {
    for (const socket of sockets) socket.destroy();
    server.close();
    await once(server, 'close');
  });
  return {
    host: `127.0.0.1:${(server.address() as AddressInfo).port}`,
    accepted: () => accepted,
    open: () => sockets.size,
    nextConnection: () => once(server, 'connection'),
  };
}

/** Longest time until a server notices that a connection was closed, with a margin for a busy machine. */
const NOTICED_MS = 2000;

/** Attempts to connect that are given up. */
export function describeAttempts({ serverName, store, openDriver }: StoreUnderTest): void {
  const connections: readonly (readonly [name: string, toConnection: (host: string) => object])[] = [
    ['never answers', host => ({ url: `redis://${host}` })],
    ['never answers a login', host => ({ url: `redis://user:hunter2@${host}/1` })],
    ['never answers the TLS handshake', host => ({ url: `rediss://${host}`, tls: { rejectUnauthorized: false } })],
  ];

  describe.each(connections)(`a ${serverName} server that %s`, (_name, toConnection) => {
    it('has no open connection after the driver is closed while it connects', async () => {
      const server = await startSilentServer();
      const connected = server.nextConnection();
      const { driver } = openDriver({ connection: toConnection(server.host) });
      await connected;
      await driver.close();
      await until('the connection is closed', () => server.open() === 0, NOTICED_MS);
      expect(server.accepted()).toBe(1);
    });

    it('has no open connection after the driver is closed before it begins to connect', async () => {
      const server = await startSilentServer();
      const { driver } = openDriver({ connection: toConnection(server.host) });
      await driver.close();
      await new Promise(setImmediate);
      await until('no connection is open', () => server.open() === 0, NOTICED_MS);
    });

    it('has at most two open connections after repeated attempts, and none after close', async () => {
      const server = await startSilentServer();
      const client = { connectTimeout: 300 };
      const { driver } = openDriver({ connection: toConnection(server.host), [store]: { client } });
      await until('several attempts are made', () => server.accepted() >= 4, 10_000);
      // One attempt may be under way, and the server may not have noticed yet that the one before was closed.
      expect(server.open()).toBeLessThanOrEqual(2);
      await driver.close();
      await until('all are closed', () => server.open() === 0, NOTICED_MS);
    });
  });
}
