import { once } from 'node:events';
import { connect } from 'node:net';
import type { AddressInfo } from 'node:net';
import { createSecureContext, createServer } from 'node:tls';
import { createCertificate } from '@greenroom/test-servers';
import type { Certificate } from '@greenroom/test-servers';
import { cleanUp } from '@greenroom/test-servers/cleanUp';
import { startFakeServer } from './startFakeServer';
import type { StoreUnderTest } from './storeUnderTest';

/** A TLS proxy that has a certificate only for clients that greet it as `localhost` (SNI). */
async function startTlsProxy({ certificate, key }: Certificate, port: number) {
  const proxy = createServer(
    {
      SNICallback: (name, done) =>
        name === 'localhost'
          ? done(null, createSecureContext({ cert: certificate, key }))
          : done(new Error(`No certificate for ${name}`)),
    },
    socket => {
      const upstream = connect(port, '127.0.0.1');
      socket.pipe(upstream).pipe(socket);
      socket.on('error', () => upstream.destroy()).on('close', () => upstream.destroy());
      upstream.on('error', () => socket.destroy());
    },
  );
  proxy.on('tlsClientError', () => {}).listen(0, '127.0.0.1');
  await once(proxy, 'listening');
  cleanUp(async () => proxy.close());
  return (proxy.address() as AddressInfo).port;
}

/** The name that a server gets in the TLS greeting (SNI). */
export function describeTls({ serverName, store, startServer, startSentinel, openCache }: StoreUnderTest) {
  describe(`a ${serverName} server behind a TLS proxy that chooses its certificate by SNI`, () => {
    let certificate: Certificate;
    beforeAll(async () => {
      certificate = await createCertificate();
    });

    async function expectUse(cacheConfig: object) {
      const { cache, changes } = openCache(cacheConfig);
      await cache.set('key', 'text');
      expect(await cache.get('key')).toBe('text');
      expect(changes.map(({ state }) => state)).toEqual(['available']);
    }

    it('receives the host as the SNI name', async () => {
      const port = await startTlsProxy(certificate, (await startServer()).port);
      await expectUse({ connection: { url: `rediss://localhost:${port}`, tls: { ca: certificate.ca } } });
    });

    it('receives the configured servername instead of the host', async () => {
      const port = await startTlsProxy(certificate, (await startServer()).port);
      const tls = { ca: certificate.ca, servername: 'localhost' };
      await expectUse({ connection: { url: `rediss://127.0.0.1:${port}`, tls } });
    });

    it('receives the host of a sentinel', async () => {
      const set = await startSentinel();
      const ports = await Promise.all(set.sentinels.map(sentinel => startTlsProxy(certificate, sentinel.port)));
      const rootNodes = ports.map(port => ({ url: `rediss://localhost:${port}` }));
      const sentinelDefaults = { socket: { tls: true, ca: certificate.ca } };
      await expectUse({ [store]: { sentinel: { name: set.name, rootNodes, sentinelDefaults } } });
    });

    it('receives the host of a cluster node, configured or announced', async () => {
      let slots = '';
      const node = await startFakeServer({ answer: ([command]) => (command === 'CLUSTER' ? slots : undefined) });
      const port = await startTlsProxy(certificate, node.port);
      slots = `*1\r\n*3\r\n:0\r\n:16383\r\n*2\r\n$9\r\nlocalhost\r\n:${port}\r\n`;
      const rootNodes = [{ url: `rediss://localhost:${port}`, tls: { ca: certificate.ca } }];
      await expectUse({ [store]: { cluster: { rootNodes } } });
    });
  });

  it(`a ${serverName} server without a host name is verified by its IP address`, async () => {
    const server = await startServer({ tls: true });
    expect(server.url).toMatch(/127\.0\.0\.1/);
    const { cache } = openCache({ connection: { url: server.url, tls: { ca: server.ca } } });
    await cache.set('key', 'text');
    expect(await cache.get('key')).toBe('text');
  });
}
