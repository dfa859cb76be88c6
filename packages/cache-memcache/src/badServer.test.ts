import { once } from 'node:events';
import type { CacheError } from '@greenroom/cache-core';
import { cleanUp } from './testSupport/cleanUp';
import { errorOf, openDriver } from './testSupport/openDriver';
import { startFakeServer } from './testSupport/servers';
import { startTcpServer } from './testSupport/tcpServer';
import { within } from './testSupport/until';

describe('a server that is none, or a bad one', () => {
  it('fails operations and does no harm when it answers by random bytes', async () => {
    const randomBytes = () => Buffer.from(Array.from({ length: 1 + Math.random() * 3000 }, () => Math.random() * 256));
    const url = await startFakeServer(command => (command.startsWith('version') ? 'VERSION 1\r\n' : randomBytes()));
    const { driver, events } = openDriver(url, { commandTimeout: 100 });
    for (let round = 0; round < 20; round++) {
      await once(events, 'connected');
      const lost = once(events, 'disconnected');
      const operations = [driver.get('key'), driver.set('key', 'text'), driver.delete('key')];
      const errors = await within(1000, Promise.all(operations.map(errorOf)));
      expect(errors).not.toContain(undefined);
      await lost;
    }
  });

  it.each([
    ['another key', 'VALUE other 0 1\r\nx\r\nEND\r\n', 'CACHE_REFUSED'],
    ['the reply to another command', 'STORED\r\n', 'CACHE_REFUSED'],
    ['an unknown word', 'HELLO\r\n', 'CACHE_REFUSED'],
    ['ERROR', 'ERROR\r\n', 'CACHE_REFUSED'],
    ['CLIENT_ERROR', 'CLIENT_ERROR line too long\r\n', 'CACHE_REFUSED'],
    ['a value of another length', 'VALUE key 0 1\r\nxyz\r\nEND\r\n', 'CACHE_UNAVAILABLE'],
    ['a length that nothing has', 'VALUE key 0 99999999999999999999\r\n', 'CACHE_UNAVAILABLE'],
  ])('is connected anew when it answers by %s', async (_what, reply, code) => {
    const url = await startFakeServer(command => (command.startsWith('get') ? reply : 'VERSION 1\r\n'));
    const { driver, events } = openDriver(url);
    await once(events, 'connected');
    const again = once(events, 'connected');
    expect(await errorOf(driver.get('key'))).toMatchObject({ code });
    await again;
  });

  it('is connected anew when it answers a ping by something else', async () => {
    let pings = 0;
    const url = await startFakeServer(() => (pings++ === 0 ? 'VERSION 1\r\n' : 'STORED\r\n'));
    const { events } = openDriver(url);
    const [error] = (await once(events, 'disconnected')) as [CacheError];
    expect(error.code).toBe('CACHE_REFUSED');
  });

  it('is connected anew when it answers what nobody has asked', async () => {
    const url = await startFakeServer(command => (command.startsWith('get') ? 'END\r\nEND\r\n' : 'VERSION 1\r\n'));
    const { driver, events } = openDriver(url);
    const lost = once(events, 'disconnected');
    await driver.get('key');
    await lost;
  });

  it('keeps its connection when it refuses a single command', async () => {
    const url = await startFakeServer(command =>
      command.startsWith('set') ? 'SERVER_ERROR out of memory storing object\r\n' : 'VERSION 1\r\n',
    );
    const { driver, states } = openDriver(url);
    const error = await errorOf(driver.set('key', 'text'));
    expect(error).toMatchObject({ code: 'CACHE_FULL', message: 'Memcached is out of memory' });
    await errorOf(driver.set('key', 'text'));
    expect(states).toEqual(['connected']);
  });

  it('is quoted by no error', async () => {
    const url = await startFakeServer(command =>
      command.startsWith('set') ? 'SERVER_ERROR hunter2\r\n' : 'VERSION 1\r\n',
    );
    const error = await errorOf(openDriver(url).driver.set('key', 'text'));
    expect(error).toMatchObject({ code: 'CACHE_REFUSED', message: expect.not.stringContaining('hunter2') });
  });

  it('is given up when its answer never ends', async () => {
    let drip: NodeJS.Timeout | undefined;
    cleanUp(async () => clearInterval(drip));
    const { port, close } = await startTcpServer(socket =>
      socket.on('data', (chunk: Buffer) => {
        if (!chunk.toString().startsWith('get')) return socket.write('VERSION 1\r\n');
        socket.write('VALUE key 0 1000000\r\n');
        drip = setInterval(() => socket.write('x'), 20);
        return socket.on('close', () => clearInterval(drip));
      }),
    );
    cleanUp(close);
    const { driver } = openDriver(`127.0.0.1:${port}`, { commandTimeout: 200 });
    expect(await within(3000, errorOf(driver.get('key')))).toMatchObject({ code: 'CACHE_TIMEOUT' });
  });

  it.each([
    ['never answers', () => ''],
    ['is no memcached', () => 'HTTP/1.1 400 Bad Request\r\n\r\n'],
    ['has too many connections', () => 'ERROR Too many open connections\r\n'],
  ])('is reported, and tried again, when it %s', async (_what, answer) => {
    const { driver, events } = openDriver(await startFakeServer(answer), { commandTimeout: 100 });
    for (let attempt = 0; attempt < 3; attempt++) {
      const [error] = (await once(events, 'disconnected')) as [CacheError];
      expect(error.code).toMatch(/CACHE_(?:TIMEOUT|UNAVAILABLE)/);
    }
    expect(await errorOf(driver.get('key'))).toMatchObject({ code: 'CACHE_UNAVAILABLE' });
  });
});
