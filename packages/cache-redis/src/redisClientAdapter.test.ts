import { once } from 'node:events';
import { createServer } from 'node:net';
import type { AddressInfo, Socket } from 'node:net';
import { createRedisClientAdapter } from './redisClientAdapter';

it('a client that is destroyed before it is ready leaves no connection open', async () => {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  const accepted = once(server, 'connection') as Promise<[Socket]>;
  const client = createRedisClientAdapter().createClient({ host: '127.0.0.1', port }, 2000, () => {});
  void client.connect().catch(() => {});
  const [socket] = await accepted;
  client.destroy();
  socket.on('error', () => {}).resume();
  if (!socket.closed) await once(socket, 'close');
  server.close();
  await once(server, 'close');
});
