import { once } from 'node:events';
import { errorOf, until, within } from '@greenroom/test-servers';
import { cleanUp } from '@greenroom/test-servers/cleanUp';
import Memcached from 'memcached';
import { openDriver, openManager } from './testSupport/openDriver';
import { startProxyOf, startServer, startTlsProxy } from './testSupport/servers';
import { talkTo } from './testSupport/talkTo';
import { startTcpServer } from './testSupport/tcpServer';

describe('the traffic to memcached', () => {
  it('contains plugin id and key as written, and JSON after a header with key and expiry', async () => {
    const proxy = await startProxyOf(await startServer());
    const cache = openManager(proxy.url).forPlugin('catalog');
    const now = jest.spyOn(Date, 'now').mockReturnValue(1_800_000_000_000);
    try {
      await cache.set('some-key', 'bob');
      await cache.set('with-ttl', { a: 1 }, { ttl: { seconds: 1.5 } });
      await cache.get('some-key');
      await cache.delete('some-key');
    } finally {
      now.mockRestore();
    }

    expect(proxy.allSent().split('\r\n')).toEqual([
      'set catalog:some-key 0 0 27',
      '#1 catalog:some-key - "bob"',
      'set catalog:with-ttl 0 4 41',
      '#1 catalog:with-ttl 1800000001500 {"a":1}',
      'get catalog:some-key',
      'delete catalog:some-key',
      '',
    ]);
  });

  it('uses one connection for 50 plugins', async () => {
    const server = await startServer();
    const manager = openManager(server.url);
    const plugins = Array.from({ length: 50 }, (_, index) => manager.forPlugin(`plugin-${index}`));

    await Promise.all(plugins.map(cache => cache.withOptions({ defaultTtl: 1000 }).set('key', 1)));

    const connections = await talkTo(server, 'stats conns\r\n');
    const states = connections.match(/:state conn_(?!listening|closed)\w+/g);
    // The second connection is the one that sends `stats conns`.
    expect(states).toHaveLength(2);
  });

  it('does not depend on the global defaults of npm memcached', async () => {
    const before = { ...Memcached.config };
    cleanUp(async () => Object.assign(Memcached.config, { redundancy: false }, before));
    Object.assign(Memcached.config, { namespace: 'theirs:', maxKeySize: 3, maxValue: 3, redundancy: 1, debug: true });
    const proxy = await startProxyOf(await startServer());
    const { driver } = openDriver(proxy.url);

    await driver.set('key-of-ours', 'text');

    expect(proxy.allSent()).toBe('set key-of-ours 0 0 4\r\ntext\r\n');
  });
});

describe('close', () => {
  it('waits for operations in flight', async () => {
    const proxy = await startProxyOf(await startServer());
    const { driver } = openDriver(proxy.url);
    await driver.get('key');
    proxy.hold();
    const operation = driver.set('key', 'text');
    const closed = driver.close();
    await until('it is sent', () => proxy.allSent().endsWith('text\r\n'), 1000);
    proxy.release();
    await operation;
    await closed;
  });

  it('makes operations that wait for the first connection reject with CACHE_CLOSED', async () => {
    const { port, close } = await startTcpServer(() => {});
    cleanUp(close);
    const { driver, states } = openDriver(`127.0.0.1:${port}`);
    const operation = errorOf(driver.get('key'));
    await within(1000, driver.close());
    expect(await operation).toMatchObject({ code: 'CACHE_CLOSED' });
    expect(states).toEqual([]);
  });

  it('stops all attempts to connect', async () => {
    let attempts = 0;
    const { port, close } = await startTcpServer(socket => {
      attempts++;
      socket.destroy();
    });
    cleanUp(close);
    const { driver, events } = openDriver(`127.0.0.1:${port}`);
    await once(events, 'disconnected');
    await driver.close();
    const attemptsAtClose = attempts;
    await new Promise(resolve => setTimeout(resolve, 700));
    expect(attempts).toBe(attemptsAtClose);
  });
});

describe('the first connection', () => {
  it('serves the operations that waited for it in their order', async () => {
    const proxy = await startProxyOf(await startServer());
    const { driver } = openDriver(proxy.url);
    const operations = [driver.set('key', 'one'), driver.set('key', 'two'), driver.get('key'), driver.delete('key')];
    expect(await Promise.all(operations)).toEqual([undefined, undefined, 'two', undefined]);
  });

  it('sends nothing for operations whose caller has timed out', async () => {
    const inner = await startTlsProxy();
    const outer = await startProxyOf({ host: '127.0.0.1', port: inner.port });
    outer.hold();
    const { driver, events } = openDriver({ url: outer.url, tls: { ca: inner.ca } }, { commandTimeout: 100 });
    const late = errorOf(driver.set('key', 'late'));
    const connected = once(events, 'connected');
    await new Promise(resolve => setTimeout(resolve, 200));
    outer.release();
    await connected;
    expect(await late).toMatchObject({ code: 'CACHE_TIMEOUT' });
    await driver.get('key');
    expect(inner.allSent()).toBe('get key\r\n');
  });
});
