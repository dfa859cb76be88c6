import { once } from 'node:events';
import { connect, createServer } from 'node:net';
import type { AddressInfo } from 'node:net';
import { cleanUp } from '@greenroom/test-servers/cleanUp';
import { createLineSocket } from './lineSocket';

it('a line socket leaves no listener on its socket after a line has arrived', async () => {
  const server = createServer(peer => void peer.on('data', data => peer.write(data)));
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  cleanUp(async () => void server.close());
  const socket = connect((server.address() as AddressInfo).port, '127.0.0.1');
  cleanUp(async () => void socket.destroy());
  const lines = createLineSocket(socket, 'a server');
  const countListeners = () => ['error', 'close', 'readable'].map(event => socket.listenerCount(event));

  expect(await lines.ask('first')).toBe('first');
  const listeners = countListeners();
  for (let count = 0; count < 20; count++) expect(await lines.ask(`line ${count}`)).toBe(`line ${count}`);

  expect(countListeners()).toEqual(listeners);
});
