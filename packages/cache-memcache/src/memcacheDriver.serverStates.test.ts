import dns from 'node:dns';
import { once } from 'node:events';
import { connect } from 'node:net';
import type { Socket } from 'node:net';
import { PassThrough } from 'node:stream';
import type { CacheError } from '@greenroom/cache-core';
import { measureMs } from '@greenroom/cache-core/testing';
import { block, errorOf, until, within } from '@greenroom/test-servers';
import { cleanUp } from '@greenroom/test-servers/cleanUp';
import { isUsed, openDriver, openManager } from './testSupport/openDriver';
import { startProxyOf, startServer, startTlsProxy } from './testSupport/servers';
import { startTcpServer } from './testSupport/tcpServer';

describe('a server that is away', () => {
  it('is no error at the start, and is used within a second of coming up', async () => {
    const server = await startServer();
    await server.kill();
    const { driver, states } = openDriver(server.url);

    expect(await errorOf(driver.get('key'))).toMatchObject({ code: 'CACHE_UNAVAILABLE' });
    expect(states).toContain('CACHE_UNAVAILABLE');

    await server.start();
    await until('the server is used', () => isUsed(driver), 1000);
    expect(states.at(-1)).toBe('connected');
  });

  it('refuses operations at once, thousands of them, and keeps nothing of what was to be sent', async () => {
    const server = await startServer();
    const { driver, events } = openDriver(server.url);
    await driver.set('key', 'text');
    const lost = once(events, 'disconnected');
    await server.kill();
    await lost;

    const keys = Array.from({ length: 5000 }, (_, index) => `key-${index}`);
    const text = 'x'.repeat(10_000);
    const errors: Awaited<ReturnType<typeof errorOf>>[] = [];
    const setAll = () => Promise.all(keys.map(async key => errors.push(await errorOf(driver.set(key, text)))));
    expect(await measureMs(setAll)).toBeLessThan(600);
    expect(errors).toHaveLength(keys.length);
    expect(new Set(errors.map(error => error?.code))).toEqual(new Set(['CACHE_UNAVAILABLE']));

    await server.start();
    await until('the server is used', () => isUsed(driver), 1000);
    expect(await driver.get('key-0')).toBeUndefined();
  });

  it('is reported once it is lost and once it is back', async () => {
    const server = await startServer();
    const { driver, events } = openDriver(server.url);
    await driver.get('key');

    const lost = once(events, 'disconnected');
    await server.kill();
    expect(((await lost) as [CacheError])[0]).toMatchObject({ code: 'CACHE_UNAVAILABLE' });

    const back = once(events, 'connected', { signal: AbortSignal.timeout(1500) });
    await server.start();
    await back;
  });

  it('is tried one connection at a time, half a second apart at most', async () => {
    let attempts = 0;
    let open = 0;
    let mostOpen = 0;
    const { port, close } = await startTcpServer(socket => {
      attempts++;
      mostOpen = Math.max(mostOpen, ++open);
      socket
        .on('close', () => open--)
        .resume()
        .end();
    });
    cleanUp(close);
    const { driver } = openDriver(`127.0.0.1:${port}`);

    await until('it was tried six times', () => attempts >= 6, 4000);

    expect(await errorOf(driver.get('key'))).toMatchObject({ code: 'CACHE_UNAVAILABLE' });
    expect(mostOpen).toBe(1);
  });
});

describe('a server that freezes', () => {
  it('is noticed though nobody asks anything, and connected again when it thaws', async () => {
    const server = await startServer();
    const { driver, events } = openDriver(server.url);
    await driver.set('key', 'text');

    const lost = once(events, 'disconnected', { signal: AbortSignal.timeout(3500) });
    await server.freeze();
    expect(((await lost) as [CacheError])[0].code).toBe('CACHE_TIMEOUT');

    const back = once(events, 'connected', { signal: AbortSignal.timeout(1500) });
    await server.thaw();
    await back;
    expect(await driver.get('key')).toBe('text');
  });

  it('bounds what it holds: commands that are too many, or too large together, are refused at once', async () => {
    const proxy = await startProxyOf(await startServer());
    const { driver } = openDriver(proxy.url, { maxValueBytes: 32 * 1024 * 1024, commandTimeout: '2s' });
    await driver.get('key');
    proxy.hold();

    const gets = Array.from({ length: 20_100 }, () => errorOf(driver.get('key')));
    expect(await within(1000, Promise.race(gets.slice(-1)))).toMatchObject({
      code: 'CACHE_OVERLOADED',
      message: expect.stringMatching(/^Too many commands are on their way to Memcached at 127\./),
    });
    proxy.cut();
    const codes = (await Promise.all(gets)).map(error => error?.code);
    expect(new Set(codes)).toEqual(new Set(['CACHE_UNAVAILABLE', 'CACHE_OVERLOADED']));

    proxy.release();
    await until('the server is used', () => isUsed(driver), 1000);
    proxy.hold();
    const text = 'x'.repeat(31 * 1024 * 1024);
    const sets = Array.from({ length: 5 }, () => errorOf(driver.set('key', text)));
    expect(await within(1000, Promise.race(sets.slice(-1)))).toMatchObject({
      message: expect.stringContaining('Too many'),
    });
    proxy.cut();
    await Promise.all(sets);
  });

  it('holds up neither an operation nor the end of the process', async () => {
    const server = await startServer();
    const manager = openManager(server.url);
    const cache = manager.forPlugin('catalog');
    await cache.set('key', 1);
    await server.freeze();

    const pending = cache.set('key', 2);
    const closedAtMs = performance.now();
    await manager.close();
    await pending;
    expect(performance.now() - closedAtMs).toBeLessThan(2000);
  });

  it('is used again though new connections were swallowed as well', async () => {
    const server = await startServer();
    const proxy = await startProxyOf(server);
    const { driver, events } = openDriver(proxy.url);
    await driver.set('key', 'text');
    const lost = once(events, 'disconnected', { signal: AbortSignal.timeout(3500) });
    proxy.hold();
    await lost;
    await until('the next connection is swallowed', async () => (await errorOf(driver.get('key'))) !== undefined, 500);

    proxy.release();
    await until('the server is used', () => isUsed(driver), 3000);
  });
});

describe('an attempt to connect that hangs', () => {
  it('at the name of the server, does not hold up the next one', async () => {
    const name = 'cache.example.test';
    const proxy = await startProxyOf(await startServer());
    let hangs = false;
    let hanging = 0;
    const { lookup } = dns;
    const spy = jest.spyOn(dns, 'lookup').mockImplementation((...args: Parameters<typeof lookup>) => {
      if (args[0] !== name) return lookup(...args);
      if (hangs) return hanging++;
      return lookup('127.0.0.1', ...(args.slice(1) as [never, never]));
    });
    cleanUp(async () => spy.mockRestore());
    const { driver, events } = openDriver(`${name}:${proxy.port}`, { connectTimeout: '8s' });
    await driver.get('key');

    const lost = once(events, 'disconnected');
    hangs = true;
    proxy.cut();
    await lost;
    await until('two attempts hang', () => hanging >= 2, 1500);
    hangs = false;
    await until('the server is used', () => isUsed(driver), 1000);
  });

  it('at the first reply, does not hold up the next one', async () => {
    const server = await startServer();
    const sockets = new Set<Socket>();
    let swallows = false;
    let swallowed = 0;
    const { port, close } = await startTcpServer(socket => {
      if (swallows) return void swallowed++;
      sockets.add(socket);
      const upstream = connect(server.port, server.host);
      socket.on('close', () => upstream.destroy()).pipe(upstream);
      return void upstream.on('error', () => socket.destroy()).pipe(socket);
    });
    cleanUp(close);
    const { driver, events } = openDriver(`127.0.0.1:${port}`, { connectTimeout: '8s' });
    await driver.get('key');

    const lost = once(events, 'disconnected');
    swallows = true;
    for (const socket of sockets) socket.destroy();
    await lost;
    await until('two attempts hang', () => swallowed >= 2, 1500);
    swallows = false;
    await until('the server is used', () => isUsed(driver), 1000);
  });

  it('is one of eight at most, and has all of its time', async () => {
    const inner = await startTlsProxy();
    let open = 0;
    let mostOpen = 0;
    const { port, close } = await startTcpServer(socket => {
      mostOpen = Math.max(mostOpen, ++open);
      const upstream = connect(inner.port, '127.0.0.1');
      upstream.on('error', () => socket.destroy()).pipe(socket);
      // Read at once, so that its end is seen.
      const late = new PassThrough();
      const slow = setTimeout(() => late.pipe(upstream), 4900);
      socket.on('close', () => {
        open--;
        clearTimeout(slow);
        upstream.destroy();
      });
      socket.pipe(late);
    });
    cleanUp(close);
    const connection = { url: `127.0.0.1:${port}`, tls: { ca: inner.ca } };
    const { driver, events, states } = openDriver(connection, { connectTimeout: '8s' });
    await once(events, 'connected');
    // The end of the one that is given up may be seen after the beginning of the next.
    expect([8, 9]).toContain(mostOpen);
    expect(await isUsed(driver)).toBe(true);
    await until('the others are closed', () => open === 1, 1000);
    expect(states).toEqual(['connected']);
  }, 10_000);
});

describe('a timeout that is longer than a timer can be', () => {
  it('is a long one', async () => {
    const proxy = await startProxyOf(await startServer());
    const { driver, states } = openDriver(proxy.url, { commandTimeout: '10000h', connectTimeout: '10000h' });
    await driver.get('key');
    proxy.hold();
    const operation = driver.get('key');
    await new Promise(resolve => setTimeout(resolve, 50));
    proxy.release();
    await operation;
    expect(states).toEqual(['connected']);
  });
});

describe('a process that is busy', () => {
  it('does not take a server for silent because it has not listened itself', async () => {
    const server = await startServer();
    const { driver, states } = openDriver(server.url, { commandTimeout: 300, connectTimeout: 300 });
    // While it connects, then while a command and a ping are on their way.
    block(600);
    await driver.get('key');
    const operation = driver.get('key');
    block(1600);
    await operation;
    expect(states).toEqual(['connected']);
  });

  it('does not take a ping for unanswered because it has not listened itself', async () => {
    const server = await startServer();
    const { driver, states } = openDriver(server.url, { commandTimeout: 10_000 });
    await driver.get('key');
    // Longer than between two pings, in each turn of the event loop.
    for (let turn = 0; turn < 5; turn++) {
      block(1100);
      await new Promise(setImmediate);
    }
    await driver.get('key');
    expect(states).toEqual(['connected']);
  }, 20_000);

  it('gives the server time for what it has sent only after it was busy', async () => {
    // The proxy is in this process, so the reply takes several turns of the event loop.
    const { url } = await startProxyOf(await startServer());
    const { driver, states } = openDriver(url, { commandTimeout: 300 });
    await driver.get('key');
    const operation = driver.get('key');
    block(600);
    await operation;
    expect(states).toEqual(['connected']);
  });
});
