import { once } from 'node:events';
import { createServer as createTlsServer } from 'node:tls';
import type { TLSSocket } from 'node:tls';
import type { CacheError } from '@greenroom/cache-core';
import { createCertificate } from '@greenroom/test-servers';
import { cleanUp } from './testSupport/cleanUp';
import { errorOf, isUsed, openDriver } from './testSupport/openDriver';
import { startProxyOf, startServer, startTlsProxy } from './testSupport/servers';
import { startTcpServer } from './testSupport/tcpServer';
import { until } from './testSupport/until';

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

describe('passwords of several servers', () => {
  it.each([false, true])('may differ: %s', async differ => {
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

describe('TLS', () => {
  it.each([
    ['the name of the host', 'localhost', {}, 'localhost'],
    ['no name where the host is an address', '127.0.0.1', {}, false],
    ['the name that is configured', '127.0.0.1', { servername: 'localhost' }, 'localhost'],
    ['the name that is configured for another one', 'localhost', { servername: 'other.example' }, 'other.example'],
  ])('tells the server %s', async (_what, host, tls, expected) => {
    const { ca, certificate, key } = await createCertificate();
    const names: unknown[] = [];
    const { port, close } = await startTcpServer(socket => names.push((socket as TLSSocket).servername), {
      create: onSocket => createTlsServer({ key, cert: certificate }, onSocket),
    });
    cleanUp(close);
    openDriver({ url: `memcaches://${host}:${port}`, tls: { ca, rejectUnauthorized: false, ...tls } });
    await until('there is a connection', () => names.length > 0, 1000);
    expect(names[0]).toBe(expected);
  });

  it('is used for a memcaches URL, with the certificates that the server needs', async () => {
    const { ca, port } = await startTlsProxy();
    const { driver } = openDriver({ url: `memcaches://127.0.0.1:${port}`, tls: { ca } });
    const text = 'é'.repeat(200_000);
    await driver.set('key', text);
    expect((await driver.get('key')) === text).toBe(true);
  });

  it.each<[string, { readonly ca?: boolean; readonly servername: string }, RegExp]>([
    ['that nobody vouches for', { servername: 'localhost' }, /nobody vouches for its certificate.*`tls.ca`/],
    ['of another name', { ca: true, servername: 'other.example' }, /is for another name.*`tls.servername`/],
  ])('says what is the matter with a certificate %s', async (_what, { ca: withCa, ...tls }, words) => {
    const { ca, url } = await startTlsProxy();
    const { events } = openDriver({ url: `memcaches://${url}`, tls: { ...tls, ...(withCa && { ca }) } });
    const [error] = (await once(events, 'disconnected')) as [CacheError];
    expect(error.message).toMatch(words);
    expect(error.message).toContain(`Memcached at ${url} cannot be reached: `);
  });

  it('says when the server does not speak it, and when only it does not', async () => {
    const { url } = await startServer();
    const plain = once(openDriver(`memcaches://${url}`).events, 'disconnected');
    expect(((await plain) as [CacheError])[0].message).toMatch(/it does not speak TLS/);
    const tls = once(openDriver((await startTlsProxy()).url).events, 'disconnected');
    expect(((await tls) as [CacheError])[0].message).toMatch(/it may want TLS/);
  });

  it('refuses a server that nobody vouches for', async () => {
    const { port } = await startTlsProxy();
    const { driver, events } = openDriver(`memcaches://127.0.0.1:${port}`);
    const [error] = (await once(events, 'disconnected')) as [CacheError];
    expect(error).toMatchObject({ code: 'CACHE_UNAVAILABLE', message: expect.stringMatching(/\([A-Z_]+\)$/) });
    expect(await errorOf(driver.get('key'))).toMatchObject({ code: 'CACHE_UNAVAILABLE' });
  });
});
