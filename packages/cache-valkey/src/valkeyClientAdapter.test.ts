import { once } from 'node:events';
import { connect, createServer } from 'node:net';
import type { AddressInfo } from 'node:net';
import { inspect } from 'node:util';
import { createStoreUnderTest } from '@greenroom/redis-common/testing';
import { errorOf, sendCommands } from '@greenroom/test-servers';
import { cleanUp } from '@greenroom/test-servers/cleanUp';
import { valkeyDriver } from './valkeyDriver';

const { startServer, openCache, openDriver } = createStoreUnderTest(valkeyDriver, 'Valkey');

describe('iovalkey', () => {
  it('prints nothing to the console when a password is configured and the server has none', async () => {
    const printed = [
      jest.spyOn(console, 'warn').mockReturnValue(),
      jest.spyOn(console, 'error').mockReturnValue(),
      jest.spyOn(console, 'log').mockReturnValue(),
    ];
    const { host, port } = await startServer();
    const { cache, changes } = openCache({ connection: `valkey://:hunter2@${host}:${port}` });

    expect(await cache.get('key')).toBeUndefined();

    expect(changes).toMatchObject([{ state: 'unavailable', error: { code: 'CACHE_AUTH' } }]);
    expect(printed.flatMap(spy => spy.mock.calls)).toEqual([]);
    for (const spy of printed) spy.mockRestore();
  });

  it('leaves no sent value in an error, its properties or its causes', async () => {
    const server = await startServer({ args: ['--maxmemory', '1'] });
    const { driver } = openDriver({ connection: server.url });

    const error = await errorOf(driver.set('key', 'hunter2'));

    expect(error).toMatchObject({ code: 'CACHE_FULL', message: expect.stringContaining('is out of memory (OOM)') });
    expect(inspect(error, { depth: Infinity, showHidden: true })).not.toContain('hunter2');
  });

  it('needs only the rights for the commands that the store sends', async () => {
    const server = await startServer({ credentials: { username: 'admin', password: 'secret' } });
    await sendCommands(server, [
      ['ACL', 'SETUSER', 'cache', 'on', '>pass', '~*', '-@all', '+get', '+set', '+unlink', '+scan', '+ping'],
    ]);
    const { driver } = openDriver({ connection: `valkey://cache:pass@${server.host}:${server.port}` });

    await driver.set('p:key', 'text');
    expect(await driver.get('p:key')).toBe('text');
    await driver.clear?.('p:');
    expect(await driver.get('p:key')).toBeUndefined();
  });

  it('connects to a server that listens only on IPv6', async () => {
    const server = await startServer();
    const proxy = createServer(socket => {
      const upstream = connect(server.port, server.host);
      socket.pipe(upstream).pipe(socket);
      socket.on('error', () => upstream.destroy());
    }).listen(0, '::1');
    await once(proxy, 'listening');
    cleanUp(async () => proxy.close());
    const { driver } = openDriver({ connection: `valkey://[::1]:${(proxy.address() as AddressInfo).port}` });

    await driver.set('key', 'text');
    expect(await driver.get('key')).toBe('text');
  });
});
