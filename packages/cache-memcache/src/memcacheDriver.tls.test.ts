import { once } from 'node:events';
import { createServer as createTlsServer } from 'node:tls';
import type { TLSSocket } from 'node:tls';
import type { CacheError } from '@greenroom/cache-core';
import { createCertificate, errorOf, until } from '@greenroom/test-servers';
import { cleanUp } from '@greenroom/test-servers/cleanUp';
import { openDriver } from './testSupport/openDriver';
import { startServer, startTlsProxy } from './testSupport/servers';
import { startTcpServer } from './testSupport/tcpServer';

describe('TLS', () => {
  it.each([
    ['the host name', 'localhost', {}, 'localhost'],
    ['no name for an IP address', '127.0.0.1', {}, false],
    ['the configured name', '127.0.0.1', { servername: 'localhost' }, 'localhost'],
    ['the configured name instead of the host name', 'localhost', { servername: 'other.example' }, 'other.example'],
  ])('sends %s to the server (SNI)', async (_what, host, tls, expected) => {
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

  it('is used for a memcaches URL, with the configured certificates', async () => {
    const { ca, port } = await startTlsProxy();
    const { driver } = openDriver({ url: `memcaches://127.0.0.1:${port}`, tls: { ca } });
    const text = 'é'.repeat(200_000);
    await driver.set('key', text);
    expect((await driver.get('key')) === text).toBe(true);
  });

  it.each<[string, { readonly ca?: boolean; readonly servername: string }, RegExp]>([
    ['from an unknown authority', { servername: 'localhost' }, /signed by no known authority.*`tls.ca`/],
    ['for another name', { ca: true, servername: 'other.example' }, /is for another name.*`tls.servername`/],
  ])('explains what is wrong with a certificate %s', async (_what, { ca: withCa, ...tls }, words) => {
    const { ca, url } = await startTlsProxy();
    const { events } = openDriver({ url: `memcaches://${url}`, tls: { ...tls, ...(withCa && { ca }) } });
    const [error] = (await once(events, 'disconnected')) as [CacheError];
    expect(error.message).toMatch(words);
    expect(error.message).toContain(`Memcached at ${url} cannot be reached: `);
  });

  it('is mentioned in the error when only one side uses it', async () => {
    const { url } = await startServer();
    const plain = once(openDriver(`memcaches://${url}`).events, 'disconnected');
    expect(((await plain) as [CacheError])[0].message).toMatch(/it does not speak TLS/);
    const tls = once(openDriver((await startTlsProxy()).url).events, 'disconnected');
    expect(((await tls) as [CacheError])[0].message).toMatch(/it may require TLS/);
  });

  it('refuses a certificate of an unknown authority', async () => {
    const { port } = await startTlsProxy();
    const { driver, events } = openDriver(`memcaches://127.0.0.1:${port}`);
    const [error] = (await once(events, 'disconnected')) as [CacheError];
    expect(error).toMatchObject({ code: 'CACHE_UNAVAILABLE', message: expect.stringMatching(/\([A-Z_]+\)$/) });
    expect(await errorOf(driver.get('key'))).toMatchObject({ code: 'CACHE_UNAVAILABLE' });
  });
});
