import { once } from 'node:events';
import type { CacheError } from '@greenroom/cache-core';
import { errorOf, until } from '@greenroom/test-servers';
import Memcached from 'memcached';
import { isUsed, openDriver } from './testSupport/openDriver';
import { startServer } from './testSupport/servers';
import { startSocketServer } from './testSupport/socketServer';
import { talkTo } from './testSupport/talkTo';

const encoded = (path: string) => path.split('/').map(encodeURIComponent).join('/');

describe('a server on a unix socket', () => {
  it.each(['unix:', 'memcache+unix://', ''])('is used through a path with the scheme "%s"', async scheme => {
    const server = await startSocketServer();
    const { driver } = openDriver(`${scheme}${encoded(server.path)}`);
    await driver.set('key', 'text');
    expect(await driver.get('key')).toBe('text');
    expect(await server.talk('get key\r\n')).toContain('text');
    expect(driver.connections?.()).toBe(1);
  });

  it('is used through socket.path when the url names another host', async () => {
    const server = await startSocketServer();
    const { driver } = openDriver({ url: 'no-host.invalid:1', socket: { path: server.path } });
    expect(await isUsed(driver)).toBe(true);
  });

  it('accepts the right password, and a wrong one is reported with CACHE_AUTH', async () => {
    const server = await startSocketServer('bob:hunter2');
    expect(await isUsed(openDriver(`unix:bob:hunter2@${encoded(server.path)}`).driver)).toBe(true);
    const { events } = openDriver(`unix:bob:hunter3@${encoded(server.path)}`);
    const [error] = (await once(events, 'disconnected')) as [CacheError];
    expect(error).toMatchObject({
      code: 'CACHE_AUTH',
      message: `Memcached at ${server.path} has refused the user name or the password`,
    });
  });

  it('is named in errors while it is down, and is used within 1 s of coming back', async () => {
    const server = await startSocketServer();
    const { driver, events } = openDriver(`unix:${encoded(server.path)}`);
    await driver.get('key');
    const lost = once(events, 'disconnected');
    await server.kill();
    await lost;
    await until(
      'an attempt was refused',
      async () => (await errorOf(driver.get('key')))?.message.includes('CONN') ?? false,
      1000,
    );
    expect((await errorOf(driver.get('key')))?.message).toBe(
      `Memcached at ${server.path} cannot be reached (ECONNREFUSED)`,
    );
    await server.start();
    await until('the server is used', () => isUsed(driver), 1000);
  });

  it('is reported as missing (ENOENT) when the socket does not exist', async () => {
    const { events } = openDriver('unix:/nowhere/memcached.sock');
    const [error] = (await once(events, 'disconnected')) as [CacheError];
    expect(error.message).toBe(
      'Memcached at /nowhere/memcached.sock cannot be reached: there is no such socket (ENOENT)',
    );
  });

  it('holds the keys that the hash ring of npm memcached assigns to it when it is one of two servers', async () => {
    const socketServer = await startSocketServer();
    const server = await startServer();
    const { driver } = openDriver(`${server.url},unix:${encoded(socketServer.path)}`);
    const keys = Array.from({ length: 60 }, (_, index) => `catalog:key-${index}`);
    await Promise.all(keys.map(key => driver.set(key, 'text')));

    // libmemcached treats a socket as a host with the port 0.
    const names = [server.url, `${socketServer.path}:0`];
    const ring = new Memcached(names) as unknown as { readonly HashRing: { get(key: string): string } };
    const ofSocket = keys.filter(key => ring.HashRing.get(key) !== server.url);
    expect(ofSocket.length).toBeGreaterThan(10);
    expect(ofSocket.length).toBeLessThan(50);
    const answers = await Promise.all(ofSocket.map(key => socketServer.talk(`get ${key}\r\n`)));
    expect(answers.filter(answer => answer.startsWith('VALUE'))).toHaveLength(ofSocket.length);
    for (const key of ofSocket) expect(await talkTo(server, `get ${key}\r\n`)).toBe('END\r\n');
  });
});
