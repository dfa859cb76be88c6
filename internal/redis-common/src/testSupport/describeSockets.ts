import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { errorOf, sendCommands } from '@greenroom/test-servers';
import { cleanUp } from '@greenroom/test-servers/cleanUp';
import type { StoreUnderTest } from './storeUnderTest';

/** Servers at a unix socket. */
export function describeSockets({ serverName, store, startServer, openCache, openDriver }: StoreUnderTest) {
  async function start(options: Parameters<typeof startServer>[0] = {}) {
    const folder = await mkdtemp(join(tmpdir(), 'greenroom-socket-'));
    cleanUp(() => rm(folder, { recursive: true, force: true }));
    const path = join(folder, 'server.sock');
    return { path, server: await startServer({ ...options, args: ['--unixsocket', path] }) };
  }

  describe(`a ${serverName} server at a unix socket`, () => {
    it.each<[string, (path: string) => object]>([
      ['a unix: URL', path => ({ connection: `unix:${path}` })],
      ['a redis+unix:// URL', path => ({ connection: `redis+unix://${path}` })],
      ['a path instead of a URL', path => ({ connection: path })],
      ['an object with a unix:// URL', path => ({ connection: { url: `unix://${path}` } })],
      ['connection.socket.path', path => ({ connection: { socket: { path } } })],
      ['connection.path', path => ({ connection: { path } })],
      [
        'connection.socket.path beside the url that the schema requires',
        path => ({ connection: { url: 'redis://placeholder', socket: { path } } }),
      ],
    ])('can be configured by %s', async (_how, toConfig) => {
      const { path, server } = await start();
      const { cache, changes } = openCache(toConfig(path));
      await cache.set('key', 'text');
      expect(await cache.get('key')).toBe('text');
      expect(await sendCommands(server, [['GET', 'catalog:key']])).toEqual(['"text"']);
      expect(changes.map(({ state }) => state)).toEqual(['available']);
    });

    it('is used with the credentials and the database of the URL', async () => {
      const credentials = { username: 'backstage', password: 'p/ss' };
      const { path, server } = await start({ credentials });
      const { cache } = openCache({ connection: `redis+unix://backstage:p%2Fss@${path}?db=3` });
      await cache.set('key', 'text');
      expect(await cache.get('key')).toBe('text');
      expect(
        await sendCommands(server, [
          ['SELECT', '3'],
          ['GET', 'catalog:key'],
        ]),
      ).toEqual(['OK', '"text"']);
    });

    it('is named by its path in errors while it is down, and is used when it comes up', async () => {
      const { path, server } = await start();
      await server.kill();
      await rm(path, { force: true });
      const { driver, events } = openDriver({ connection: `unix:${path}` });
      const error = await errorOf(driver.get('key'));
      expect(error).toMatchObject({ code: 'CACHE_UNAVAILABLE', message: expect.stringContaining(path) });

      const connected = new Promise(resolve => void events.once('connected', resolve));
      await server.start();
      await connected;
      await driver.set('key', 'text');
      expect(await driver.get('key')).toBe('text');
    });
  });

  it(`a client of ${serverName} with a user name but no password logs in as that user`, async () => {
    const server = await startServer({ credentials: { password: 'secret' } });
    await sendCommands(server, [['ACL', 'SETUSER', 'guest', 'on', 'nopass', '~*', '+@all']]);
    for (const connection of [
      `${store}://guest@${server.host}:${server.port}`,
      { host: server.host, port: server.port, username: 'guest' },
    ]) {
      const { driver } = openDriver({ connection });
      await driver.set('key', 'text');
      const [clients] = await sendCommands(server, [['CLIENT', 'LIST']]);
      expect(String(clients)).toMatch(/user=guest/);
      await driver.close();
    }
  });
}
