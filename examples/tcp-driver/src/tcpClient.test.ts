import { once } from 'node:events';
import { createServer } from 'node:net';
import type { AddressInfo, Socket } from 'node:net';
import { startTcpServer } from './startTcpServer';
import { connectTcp } from './tcpClient';
import { tcpDriver } from './tcpDriver';

const host = { connected: () => {}, disconnected: () => {} };

describe('a server that asks for a login', () => {
  it('accepts the user and the password of the URL', async () => {
    const server = await startTcpServer('backstage hunter2');
    const url = server.url.replace('//', '//backstage:hunter2@');
    const driver = tcpDriver.create({ url }, host);
    await driver.set('key', 'text');
    expect(await driver.get('key')).toBe('text');
    await driver.close();
    await server.stop();
  });

  it('rejects a wrong password with CACHE_AUTH and does not show it', async () => {
    const server = await startTcpServer('backstage hunter2');
    const url = server.url.replace('//', '//backstage:hunter3@');
    const driver = tcpDriver.create({ url }, host);
    await expect(async () => driver.get('key')).rejects.toMatchObject({
      code: 'CACHE_AUTH',
      message: `Tcp at ${server.host}:${server.port} refuses a request`,
    });
    await driver.close();
    await server.stop();
  });
});

describe('an invalid answer', () => {
  it.each([
    ['an unknown word', 'welcome\n', 'no answer'],
    ['a line that never ends', 'x'.repeat(200), 'no answer'],
    ['a value that is too large', 'value 99999999\n', 'a value that is too large'],
    ['a value of the wrong length', 'value 2\nlonger\n', 'a value of another length'],
    ['an answer without a request', 'none\nnone\n', 'an answer to nothing'],
  ])('ends the connection: %s', async (_, sent, problem) => {
    const server = createServer((socket: Socket) => socket.on('data', () => socket.write(sent))).listen(0, '127.0.0.1');
    await once(server, 'listening');
    const url = new URL(`tcp://127.0.0.1:${(server.address() as AddressInfo).port}`);
    const ended = new Promise<Error>((resolve, reject) => {
      connectTcp(url, AbortSignal.timeout(20_000), resolve)
        .then(client => client.get('key'))
        .catch((error: Error) => error.message.includes(problem) || reject(error));
    });
    expect((await ended).message).toBe(`The server has sent ${problem}`);
    server.close();
  });
});

it('values arrive complete, in whatever pieces the network delivers them', async () => {
  const pieces = ['va', 'lue 6', '\ntex', 't\n', 'x\nno', 'ne\nvalue 0\n', '\n'];
  const server = createServer((socket: Socket) => {
    socket.setNoDelay().on('data', chunk => {
      if (!String(chunk).includes('third')) return;
      const sendNext = () => {
        const piece = pieces.shift();
        if (piece !== undefined) socket.write(piece, () => setImmediate(sendNext));
      };
      sendNext();
    });
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  const url = new URL(`tcp://127.0.0.1:${(server.address() as AddressInfo).port}`);
  const client = await connectTcp(url, AbortSignal.timeout(20_000), () => {});
  const texts = ['first', 'second', 'third'].map(key => client.get(key));
  expect(await Promise.all(texts)).toEqual(['text\nx', undefined, '']);
  client.close();
  server.close();
});
