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

const MIB = 1024 * 1024;

/** Starts a server that passes each connection to `serve`, and counts how many were made, are open, and were open at most. */
async function startCountingServer(serve: (socket: Socket) => void) {
  const counts = { attempts: 0, open: 0, mostOpen: 0 };
  const { port, close } = await startTcpServer(socket => {
    counts.attempts++;
    counts.mostOpen = Math.max(counts.mostOpen, ++counts.open);
    socket.on('end', () => counts.open--);
    serve(socket);
  });
  cleanUp(close);
  return { address: `127.0.0.1:${port}`, counts };
}

describe('a server that is down', () => {
  it('is used within 1 s of coming up when it was down at the start', async () => {
    const server = await startServer();
    await server.kill();
    const { driver, states } = openDriver(server.url);

    expect(await errorOf(driver.get('key'))).toMatchObject({ code: 'CACHE_UNAVAILABLE' });
    expect(states).toContain('CACHE_UNAVAILABLE');

    await server.start();
    await until('the server is used', () => isUsed(driver), 1000);
    expect(states.at(-1)).toBe('connected');
  });

  it('makes 5,000 sets fail with CACHE_UNAVAILABLE within 600 ms, and none is sent later', async () => {
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

  it('is reported with CACHE_UNAVAILABLE when it goes down, and as connected when it is back', async () => {
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

  it('is tried at least six times in 4 s, with one connection at a time', async () => {
    // Reads the client's end of this connection before the client's next connection is accepted.
    const { address, counts } = await startCountingServer(socket => socket.resume().end());
    const { driver } = openDriver(address);

    await until('it was tried six times', () => counts.attempts >= 6, 4000);

    expect(await errorOf(driver.get('key'))).toMatchObject({ code: 'CACHE_UNAVAILABLE' });
    expect(counts.mostOpen).toBe(1);
  });
});

describe('a server that freezes', () => {
  it('is reported with CACHE_TIMEOUT without traffic, and is connected again after the thaw', async () => {
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

  it('makes the last of 20,100 concurrent gets reject with CACHE_OVERLOADED within 1 s', async () => {
    const proxy = await startProxyOf(await startServer());
    const { driver } = openDriver(proxy.url, { commandTimeout: '2s' });
    await driver.get('key');
    proxy.hold();

    const gets = Array.from({ length: 20_100 }, () => errorOf(driver.get('key')));
    expect(await within(1000, Promise.race(gets.slice(-1)))).toMatchObject({
      code: 'CACHE_OVERLOADED',
      message: expect.stringMatching(/^Too many operations are on their way to Memcached at 127\./),
    });
    proxy.cut();
    const codes = (await Promise.all(gets)).map(error => error?.code);
    expect(new Set(codes)).toEqual(new Set(['CACHE_UNAVAILABLE', 'CACHE_OVERLOADED']));

    proxy.release();
    await until('the server is used', () => isUsed(driver), 1000);
  });

  it('receives only two of five concurrent sets of 10 MiB', async () => {
    const proxy = await startProxyOf(await startServer());
    const client = { maxValueBytes: 32 * MIB, commandTimeout: '5s' };
    const cache = openManager(proxy.url, client).forPlugin('catalog');
    await cache.get('key');
    proxy.hold();
    const text = 'x'.repeat(10 * MIB);
    const sets = Array.from({ length: 5 }, (_, index) => cache.set(`key-${index}`, text));
    await until('two are sent', () => proxy.sentBytes() > 2 * text.length, 5000);
    proxy.cut();
    await within(1000, Promise.all(sets));
    expect(proxy.allSent().match(/^set catalog:/gm)).toHaveLength(2);
  });

  it('lets a set in flight and close end within 2 s', async () => {
    const server = await startServer();
    const manager = openManager(server.url, { commandTimeout: '500ms' });
    const cache = manager.forPlugin('catalog');
    await cache.set('key', 1);
    await server.freeze();

    const pending = cache.set('key', 2);
    const closedAtMs = performance.now();
    await manager.close();
    await pending;
    expect(performance.now() - closedAtMs).toBeLessThan(2000);
  });

  it('is used again even if new connections hung as well', async () => {
    const server = await startServer();
    const proxy = await startProxyOf(server);
    const { driver, events } = openDriver(proxy.url);
    await driver.set('key', 'text');
    const lost = once(events, 'disconnected', { signal: AbortSignal.timeout(3500) });
    proxy.hold();
    await lost;
    await until('the next connection hangs', async () => (await errorOf(driver.get('key'))) !== undefined, 500);

    proxy.release();
    await until('the server is used', () => isUsed(driver), 3000);
  });
});

describe('a hanging attempt to connect', () => {
  it('does not delay the next attempt when the name lookup hangs', async () => {
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

  it('does not delay the next attempt when the first reply is missing', async () => {
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

  it('is one of at most eight, and the oldest one can still connect', async () => {
    const inner = await startTlsProxy();
    let open = 0;
    let mostOpen = 0;
    const { port, close } = await startTcpServer(socket => {
      mostOpen = Math.max(mostOpen, ++open);
      const upstream = connect(inner.port, '127.0.0.1');
      upstream.on('error', () => socket.destroy()).pipe(socket);
      // Reads at once, so that the end of the socket is seen.
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
    // The end of a dropped attempt may be seen after the start of the next one.
    expect([8, 9]).toContain(mostOpen);
    expect(await isUsed(driver)).toBe(true);
    await until('the others are closed', () => open === 1, 1000);
    expect(states).toEqual(['connected']);
  });
});

describe('an attempt to connect that gets no answer', () => {
  it.each(['TCP', 'TLS'])('leaves no socket open, neither after its timeout nor after close: %s', async kind => {
    const { address, counts } = await startCountingServer(socket => socket.resume());
    const { driver } = openDriver(`${kind === 'TLS' ? 'memcaches://' : ''}${address}`, { connectTimeout: 100 });
    await until('it was tried four times', () => counts.attempts >= 4, 3000);
    expect(counts.mostOpen).toBe(1);
    await until('the next attempt hangs', () => counts.open === 1, 1000);
    await driver.close();
    await until('it is closed', () => counts.open === 0, 1000);
  });
});

describe('a timeout above the limit of setTimeout', () => {
  it('does not expire immediately', async () => {
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

describe('a process with a blocked event loop', () => {
  it('does not mistake its own blocked event loop for a silent server', async () => {
    const server = await startServer();
    const { driver, states } = openDriver(server.url, { commandTimeout: 300, connectTimeout: 300 });
    // Blocks the event loop while the driver connects, then while a command and a ping are in flight.
    block(600);
    await driver.get('key');
    const operation = driver.get('key');
    block(1600);
    await operation;
    expect(states).toEqual(['connected']);
  });

  it('does not mistake its own blocked event loop for an unanswered ping', async () => {
    const server = await startServer();
    const { driver, states } = openDriver(server.url, { commandTimeout: 10_000 });
    await driver.get('key');
    // Each turn of the event loop blocks for longer than the ping interval.
    for (let turn = 0; turn < 5; turn++) {
      block(1100);
      await new Promise(setImmediate);
    }
    await driver.get('key');
    expect(states).toEqual(['connected']);
  });

  it('gives the server time to answer commands that are sent only after the block', async () => {
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
