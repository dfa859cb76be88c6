import { once } from 'node:events';
import type { CacheError } from '@greenroom/cache-core';
import { errorOf, openDriver } from './testSupport/openDriver';
import { startProxyOf, startServer, startTlsProxy } from './testSupport/servers';

describe('a password', () => {
  const credentials = { username: 'bob', password: 'hunter2' };

  it('is sent once for each connection, to a server that wants it', async () => {
    const server = await startServer({ credentials });
    const proxy = await startProxyOf(server);
    const { driver } = openDriver(`bob:hunter2@${proxy.url}`);
    await driver.set('key', 'text');
    expect(proxy.allSent()).toBe('set login 0 0 11\r\nbob hunter2\r\nset key 0 0 4\r\ntext\r\n');
  });

  it('is not sent to a server that wants none, where it would be an entry', async () => {
    const proxy = await startProxyOf(await startServer());
    const { driver } = openDriver(`bob:hunter2@${proxy.url}`);
    await driver.set('key', 'text');
    expect(proxy.allSent()).toBe('set key 0 0 4\r\ntext\r\n');
  });

  it.each([
    ['wrong', 'bob:hunter3@', 'refused'],
    ['missing', '', 'wants'],
  ])('that is %s is reported as CACHE_AUTH, tried again, and shown nowhere', async (_what, login, words) => {
    const server = await startServer({ credentials });
    const { driver, events } = openDriver(`${login}${server.host}:${server.port}`);
    const [first] = (await once(events, 'disconnected')) as [CacheError];
    const [second] = (await once(events, 'disconnected')) as [CacheError];
    for (const error of [first, second, await errorOf(driver.get('key'))]) {
      expect(error).toMatchObject({ code: 'CACHE_AUTH', message: expect.stringContaining(words) });
      expect(JSON.stringify([String(error), String((error as Error).cause), (error as Error).stack])).not.toMatch(
        /hunter|bob/,
      );
    }
  });

  it('is not in the error of a server that is away', async () => {
    const server = await startServer({ credentials });
    await server.kill();
    const { driver, events } = openDriver(server.url);
    const [error] = (await once(events, 'disconnected')) as [CacheError];
    for (const shown of [error, await errorOf(driver.get('key'))] as Error[]) {
      expect(shown).toMatchObject({ code: 'CACHE_UNAVAILABLE' });
      expect(JSON.stringify([shown, String(shown.cause), shown.stack])).not.toContain('hunter');
    }
  });
});

describe('TLS', () => {
  it('is used for a memcaches URL, with the certificates that the server needs', async () => {
    const { ca, port } = await startTlsProxy();
    const { driver } = openDriver({ url: `memcaches://127.0.0.1:${port}`, tls: { ca } });
    const text = 'é'.repeat(200_000);
    await driver.set('key', text);
    expect((await driver.get('key')) === text).toBe(true);
  });

  it('refuses a server that nobody vouches for', async () => {
    const { port } = await startTlsProxy();
    const { driver, events } = openDriver(`memcaches://127.0.0.1:${port}`);
    const [error] = (await once(events, 'disconnected')) as [CacheError];
    expect(error).toMatchObject({ code: 'CACHE_UNAVAILABLE', message: expect.stringMatching(/\([A-Z_]+\)$/) });
    expect(await errorOf(driver.get('key'))).toMatchObject({ code: 'CACHE_UNAVAILABLE' });
  });
});
