import { once } from 'node:events';
import { createServer } from 'node:net';
import type { AddressInfo, Socket } from 'node:net';
import type { TestServer } from '../servers/testServer';
import { createForeignWriter } from './foreignWriter';

function open(port: number): ReturnType<typeof createForeignWriter> {
  const server = { host: '127.0.0.1', port } as TestServer;
  const texts = { toText: String, toVersion: Number };
  return createForeignWriter({ protocol: 'resp', storedKey: 'some-key', servers: [server], ...texts }, 100);
}

/** A server that accepts connections, and answers each request with `answer`. */
async function withServer(answer: string | undefined, use: (port: number) => Promise<void>): Promise<void> {
  const sockets: Socket[] = [];
  const server = createServer(socket => {
    sockets.push(socket);
    socket.on('error', () => {}).on('data', () => answer !== undefined && socket.write(answer));
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  try {
    await use((server.address() as AddressInfo).port);
  } finally {
    for (const socket of sockets) socket.destroy();
    server.close();
    await once(server, 'close');
  }
}

describe('a foreign writer', () => {
  const start = /^The foreign writer of some-key finds no server within 100 ms among 127\.0\.0\.1:\d+: /;

  it('rejects with the reason when its server refuses it', async () => {
    await withServer('-LOADING the dataset\r\n', async port => {
      await expect(open(port)).rejects.toThrow(start);
      await expect(open(port)).rejects.toThrow(/LOADING the dataset$/);
    });
  });

  it('rejects after its time limit when its server does not answer', async () => {
    await withServer(undefined, async port => {
      await expect(open(port)).rejects.toThrow(start);
    });
  });

  it('starts when its server answers', async () => {
    await withServer('$-1\r\n', async port => {
      const writer = await open(port);
      expect(writer.server.port).toBe(port);
      await writer.stop();
    });
  });
});
