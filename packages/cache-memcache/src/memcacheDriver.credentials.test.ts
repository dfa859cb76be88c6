import { once } from 'node:events';
import type { CacheError } from '@greenroom/cache-core';
import { errorOf } from '@greenroom/test-servers';
import { isUsed, openDriver } from './testSupport/openDriver';
import { startProxyOf, startServer } from './testSupport/servers';

describe('a password', () => {
  const credentials = { username: 'bob', password: 'hunter2' };

  it('is sent once per connection to a server that requires it', async () => {
    const server = await startServer({ credentials });
    const proxy = await startProxyOf(server);
    const { driver } = openDriver(`bob:hunter2@${proxy.url}`);
    await driver.set('key', 'text');
    expect(proxy.allSent()).toBe('set login 0 0 11\r\nbob hunter2\r\nset key 0 0 4\r\ntext\r\n');
  });

  it('is not sent to a server that requires no login', async () => {
    const proxy = await startProxyOf(await startServer());
    const { driver } = openDriver(`bob:hunter2@${proxy.url}`);
    await driver.set('key', 'text');
    expect(proxy.allSent()).toBe('set key 0 0 4\r\ntext\r\n');
  });

  it.each([
    ['wrong', 'bob:hunter3@', 'refused'],
    ['missing', '', 'wants'],
  ])('is reported with CACHE_AUTH, tried again and never shown when it is %s', async (_what, login, words) => {
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

  it('does not appear in the error of a server that is down', async () => {
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

describe('passwords of several servers', () => {
  it.each([false, true])('are accepted, whether they differ or not (differ: %s)', async differ => {
    const bob = { username: 'bob', password: 'hunter2' };
    const eve = differ ? { username: 'eve', password: 'p,ss@word' } : bob;
    const servers = await Promise.all([bob, eve].map(credentials => startServer({ credentials })));
    const logins = [bob, eve].map(({ username, password }) => `${username}:${encodeURIComponent(password)}`);
    const { driver } = openDriver(servers.map(({ host, port }, index) => `${logins[index]}@${host}:${port}`).join());
    const keys = Array.from({ length: 20 }, (_, index) => `key-${index}`);
    expect(await Promise.all(keys.map(key => isUsed(driver, key)))).toEqual(keys.map(() => true));
    expect(driver.connections?.()).toBe(2);
  });
});
