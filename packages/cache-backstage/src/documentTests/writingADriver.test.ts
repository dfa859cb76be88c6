import { EventEmitter, once } from 'node:events';
import { readFile } from 'node:fs/promises';
import { createServer } from 'node:net';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { conformanceCasesFor } from '@greenroom/cache-core/testing';
import { cacheServiceFactory } from '../index';
import { startBackend } from '../testSupport/startBackend';
import { evaluate, sources } from '../testSupport/writingADriver';
import type { AcmeServer } from '../testSupport/writingADriver';

const { startAcmeServer } = evaluate('startAcmeServer');
let server: AcmeServer;
beforeAll(async () => {
  server = await startAcmeServer();
});
afterAll(() => server.stop());

describe('the driver in docs/writing-a-driver.md', () => {
  const { acmeDriver } = evaluate('acmeDriver');
  const lacks = {
    add: 'the server has no request that sets only absent keys',
    clear: 'the server cannot list its keys',
    entries: 'the server cannot list its keys',
    getMany: 'the server has no request for several keys',
  };
  const { cases } = conformanceCasesFor({ driver: acmeDriver, options: { url: '' }, lacks });

  it.each(cases)('$group: $name', ({ run }) => run({ driver: acmeDriver, options: { url: server.url }, lacks }));

  it('gives up on an endless reply with an error that names the server but no password', async () => {
    // Every connection gets the endless answer: after an attempt has timed out, the driver makes another one.
    const connections: { sentBytes: number }[] = [];
    const endless = createServer(socket => {
      const connection = { sentBytes: 0 };
      connections.push(connection);
      const chunk = Buffer.alloc(1024 * 1024, 'x');
      const send = () => {
        if (socket.destroyed) return;
        connection.sentBytes += chunk.length;
        if (socket.write(chunk)) setImmediate(send);
        else socket.once('drain', send);
      };
      socket.on('error', () => socket.destroy());
      send();
    }).listen(0, '127.0.0.1');
    await once(endless, 'listening');
    const { port } = endless.address() as AddressInfo;
    const lost = new EventEmitter();
    const driver = acmeDriver.create(
      { url: `acme://user:hunter2@127.0.0.1:${port}` },
      { connected: () => {}, disconnected: error => void lost.emit('disconnected', error) },
    );

    // `keepConnected` pings by itself. On a slow machine the attempt times out before the limit of the reply is reached.
    const [error] = (await once(lost, 'disconnected')) as [Error];

    expect(error.message).toMatch(new RegExp(`^Acme at 127.0.0.1:${port} (?:cannot be reached|does not answer)$`));
    await driver.close();
    endless.close();
    expect(Math.max(...connections.map(({ sentBytes }) => sentBytes))).toBeLessThan(2 * 64 * 1024 * 1024);
  });

  it('serves a backend once its package is added', async () => {
    const cache = { store: 'memory', driver: 'acme', acme: { url: server.url } };
    const features = [cacheServiceFactory, evaluate('index').default];
    const backend = await startBackend(cache, { pluginIds: ['catalog'], features });
    const catalog = backend.cacheOf();

    await catalog.set('some-key', 'bob');

    expect(await catalog.get('some-key')).toBe('bob');
    const driver = acmeDriver.create({ url: server.url }, { connected: () => {}, disconnected: () => {} });
    expect(await driver.get('catalog:some-key')).toBe('"bob"');
    await driver.close();
  });

  it('has at most 60 lines', () => {
    expect(sources.get('acmeDriver.ts')?.split('\n').length).toBeLessThanOrEqual(60);
  });
});

it.each([...sources])(
  'the file src/%s in docs/writing-a-driver.md equals the file in the template',
  async (name, code) => {
    const template = join(__dirname, '../../../create-cache-driver/template/src', name);
    expect(code).toBe(await readFile(template, 'utf8'));
  },
);
