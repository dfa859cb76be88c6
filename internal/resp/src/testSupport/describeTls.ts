import { once } from 'node:events';
import { connect } from 'node:net';
import type { AddressInfo } from 'node:net';
import { createSecureContext, createServer } from 'node:tls';
import { createCertificate } from '@greenroom/test-servers';
import type { Certificate } from '@greenroom/test-servers';
import { cleanUp } from '@greenroom/test-servers/cleanUp';
import { startFakeServer } from './startFakeServer';
import type { StoreUnderTest } from './storeUnderTest';

/** TLS in front of a server, for those alone who ask for a certificate by the name `localhost`. */
async function startFront({ certificate, key }: Certificate, port: number) {
  const front = createServer(
    {
      SNICallback: (name, done) =>
        name === 'localhost'
          ? done(null, createSecureContext({ cert: certificate, key }))
          : done(new Error(`Nobody is called ${name}`)),
    },
    socket => {
      const upstream = connect(port, '127.0.0.1');
      socket.pipe(upstream).pipe(socket);
      socket.on('error', () => upstream.destroy()).on('close', () => upstream.destroy());
      upstream.on('error', () => socket.destroy());
    },
  );
  front.on('tlsClientError', () => {}).listen(0, '127.0.0.1');
  await once(front, 'listening');
  cleanUp(async () => front.close());
  return (front.address() as AddressInfo).port;
}

/** What a store tells a server that speaks TLS. */
export function describeTls({ serverName, store, startServer, startSentinel, openCache }: StoreUnderTest) {
  describe(`a ${serverName} server behind a front that chooses the certificate by the name in the greeting`, () => {
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

    it('is told the host', async () => {
      const port = await startFront(certificate, (await startServer()).port);
      await expectUse({ connection: { url: `rediss://localhost:${port}`, tls: { ca: certificate.ca } } });
    });

    it('is told the name of the settings rather than the host', async () => {
      const port = await startFront(certificate, (await startServer()).port);
      const tls = { ca: certificate.ca, servername: 'localhost' };
      await expectUse({ connection: { url: `rediss://127.0.0.1:${port}`, tls } });
    });

    it('is told the host of a sentinel', async () => {
      const set = await startSentinel();
      const ports = await Promise.all(set.sentinels.map(sentinel => startFront(certificate, sentinel.port)));
      const rootNodes = ports.map(port => ({ url: `rediss://localhost:${port}` }));
      const sentinelDefaults = { socket: { tls: true, ca: certificate.ca } };
      await expectUse({ [store]: { sentinel: { name: set.name, rootNodes, sentinelDefaults } } });
    }, 30_000);

    it('is told the host of a node of a cluster, named or found', async () => {
      let slots = '';
      const node = await startFakeServer({ answer: ([command]) => (command === 'CLUSTER' ? slots : undefined) });
      const port = await startFront(certificate, node.port);
      slots = `*1\r\n*3\r\n:0\r\n:16383\r\n*2\r\n$9\r\nlocalhost\r\n:${port}\r\n`;
      const rootNodes = [{ url: `rediss://localhost:${port}`, tls: { ca: certificate.ca } }];
      await expectUse({ [store]: { cluster: { rootNodes } } });
    });
  });

  it(`a ${serverName} server is verified by its address where it has no name`, async () => {
    const server = await startServer({ tls: true });
    expect(server.url).toMatch(/127\.0\.0\.1/);
    const { cache } = openCache({ connection: { url: server.url, tls: { ca: server.ca } } });
    await cache.set('key', 'text');
    expect(await cache.get('key')).toBe('text');
  });
}
