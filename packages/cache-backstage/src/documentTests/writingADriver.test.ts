import { EventEmitter, once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { mockServices, ServiceFactoryTester } from '@backstage/backend-test-utils';
import { conformanceCasesFor } from '@greenroom/cache-core/testing';
import { cacheServiceFactory } from '../index';
import { startAcmeServer } from '../testSupport/acmeServer';
import type { AcmeServer } from '../testSupport/acmeServer';
import { evaluate } from '../testSupport/writingADriver';

/** The server of the page's example. */
let server: AcmeServer;
beforeAll(async () => {
  server = await startAcmeServer();
});
afterAll(() => server.stop());

describe('the driver in docs/writing-a-driver.md', () => {
  const { acmeDriver } = evaluate('acmeDriver');
  const lacks = { clear: 'the server cannot list its keys', getMany: 'HTTP has no request for several keys' };
  const { cases } = conformanceCasesFor({ driver: acmeDriver, options: { url: '' }, lacks });

  it.each(cases)('$group: $name', ({ run }) => run({ driver: acmeDriver, options: { url: server.url }, lacks }));

  it('gives up on an endless answer with a message that names the server and shows no password', async () => {
    let sentBytes = 0;
    const endless = createServer((_request, response) => {
      const chunk = Buffer.alloc(1024 * 1024);
      const send = () => {
        sentBytes += chunk.length;
        if (response.destroyed) return;
        if (response.write(chunk)) setImmediate(send);
        else response.once('drain', send);
      };
      send();
    }).listen(0, '127.0.0.1');
    await once(endless, 'listening');
    const { port } = endless.address() as AddressInfo;
    const lost = new EventEmitter();
    const driver = acmeDriver.create(
      { url: `http://user:hunter2@127.0.0.1:${port}` },
      { connected: () => {}, disconnected: error => void lost.emit('disconnected', error) },
    );

    // The driver pings by itself. On a slow machine the ping times out before the limit is reached.
    const [error] = (await once(lost, 'disconnected')) as [Error];

    expect(error.message).toMatch(
      new RegExp(`^Acme at 127.0.0.1:${port} (?:sent an answer without end|cannot be reached)$`),
    );
    await driver.close();
    endless.closeAllConnections();
    endless.close();
    expect(sentBytes).toBeLessThan(2 * 64 * 1024 * 1024);
  });

  it('serves a backend once its package is added', async () => {
    const cache = { store: 'memory', driver: 'acme', acme: { url: server.url } };
    const tester = ServiceFactoryTester.from(cacheServiceFactory, {
      dependencies: [evaluate('index').default, mockServices.rootConfig.factory({ data: { backend: { cache } } })],
    });
    const catalog = await tester.getSubject('catalog');

    await catalog.set('some-key', 'bob');

    expect(await catalog.get('some-key')).toBe('bob');
    expect(server.valueOf('/catalog%3Asome-key')).toBe('"bob"');
  });
});
