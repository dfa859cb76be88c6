import { EventEmitter, once } from 'node:events';
import { createCacheManager, createConfigSource } from '@greenroom/cache-core';
import type { CacheError, CacheManager, DriverHost } from '@greenroom/cache-core';
import { sendCommands, sharedServerUrl, startRedis } from '@greenroom/testing';
import type { TestServer } from '@greenroom/testing';
import { createClient } from 'redis';
import { redisDriver } from './redisDriver';

/** Something to be undone when a test ends, whether it passed or not. */
const cleanups: (() => Promise<unknown>)[] = [];
afterEach(async () => {
  for (const cleanup of cleanups.splice(0).reverse()) await cleanup();
});

async function startServer(options?: Parameters<typeof startRedis>[0]): Promise<TestServer> {
  const server = await startRedis(options);
  cleanups.push(() => server.stop());
  return server;
}

function toOptions(connection: string, client: object = {}) {
  return redisDriver.parseOptions(createConfigSource({ connection, redis: { client } }, 'backend.cache'));
}

function openManager(connection: string, client?: object): CacheManager {
  const manager = createCacheManager({ driver: redisDriver, driverOptions: toOptions(connection, client) });
  cleanups.push(() => manager.close());
  return manager;
}

/** A host whose calls can be awaited, as events `connected` and `disconnected`. */
function openDriver(connection: string, client?: object) {
  const events = new EventEmitter();
  const host: DriverHost = {
    connected: () => void events.emit('connected'),
    disconnected: (error: CacheError) => void events.emit('disconnected', error),
  };
  const driver = redisDriver.create(toOptions(connection, client), host);
  cleanups.push(() => driver.close());
  return { driver, events };
}

/** Every command, as its words, that the server receives while this runs. */
async function commandsDuring(server: TestServer, run: () => Promise<unknown>): Promise<string[][]> {
  const client = await createClient({ url: server.url, disableClientInfo: true }).connect();
  cleanups.push(async () => client.destroy());
  const events = new EventEmitter();
  const commands: string[][] = [];
  await client.monitor(line => {
    const words = [...String(line).matchAll(/"((?:[^"\\]|\\.)*)"/g)].map(([, word = '']) =>
      word.replace(/\\(.)/g, '$1'),
    );
    if (words[0] === 'ECHO') events.emit('end');
    else if (words[0] !== 'PING') commands.push(words);
  });
  await run();
  const end = once(events, 'end');
  await sendCommands(server, [['ECHO', 'end']]);
  await end;
  return commands;
}

async function until(what: string, isTrue: () => Promise<boolean> | boolean, withinMs: number): Promise<void> {
  const deadlineMs = performance.now() + withinMs;
  while (!(await isTrue())) {
    if (performance.now() > deadlineMs) throw new Error(`Not within ${withinMs} ms: ${what}`);
    await new Promise(resolve => setTimeout(resolve, 10));
  }
}

describe('what Redis sees', () => {
  it('is the plugin id, the key as it was written, and JSON', async () => {
    const server = await startServer();
    const cache = openManager(server.url).forPlugin('catalog');

    const commands = await commandsDuring(server, async () => {
      await cache.set('some-key', 'bob');
      await cache.set('with-ttl', { a: 1 }, { ttl: { seconds: 1.5 } });
      await cache.get('some-key');
      await cache.delete('some-key');
    });

    expect(commands).toEqual([
      ['SET', 'catalog:some-key', '"bob"'],
      ['SET', 'catalog:with-ttl', '{"a":1}', 'PX', '1500'],
      ['GET', 'catalog:some-key'],
      ['UNLINK', 'catalog:some-key'],
    ]);
  });

  it('has the namespace and its separator in front, and DEL when UNLINK is not wanted', async () => {
    const server = await startServer();
    const client = { namespace: 'my-app', keyPrefixSeparator: '!', useUnlink: false };
    const cache = openManager(server.url, client).forPlugin('catalog');

    const commands = await commandsDuring(server, async () => {
      await cache.set('some-key', 'bob');
      await cache.delete('some-key');
    });

    expect(commands).toEqual([
      ['SET', 'my-app!catalog:some-key', '"bob"'],
      ['DEL', 'my-app!catalog:some-key'],
    ]);
  });

  it('is one connection for any number of plugins', async () => {
    const server = await startServer();
    const manager = openManager(server.url);
    const plugins = Array.from({ length: 50 }, (_, index) => manager.forPlugin(`plugin-${index}`));

    await Promise.all(plugins.map(cache => cache.withOptions({ defaultTtl: 1000 }).set('key', 1)));

    // The other connection is the one that asks.
    const [clients] = await sendCommands(server, [['CLIENT', 'LIST']]);
    expect(String(clients).trim().split('\n')).toHaveLength(2);
  });

  it('is a user name, a password and a database when the URL has them', async () => {
    const server = await startServer({ credentials: { username: 'backstage', password: 'pass word' } });
    const { driver } = openDriver(`${server.url}/3`);

    await driver.set('key', 'text');

    const replies = await sendCommands(server, [
      ['SELECT', '3'],
      ['GET', 'key'],
    ]);
    expect(replies).toEqual(['OK', 'text']);
  });
});

describe('clear', () => {
  it('removes in batches, by the command that is configured', async () => {
    const server = await startServer();
    const { driver } = openDriver(server.url, { clearBatchSize: 10, useUnlink: false });
    await Promise.all(Array.from({ length: 35 }, (_, index) => driver.set(`p[1]:${index}`, 'x')));

    const commands = await commandsDuring(server, async () => driver.clear?.('p[1]:'));

    const removals = commands.filter(([name]) => name !== 'SCAN');
    expect(new Set(removals.map(([name]) => name))).toEqual(new Set(['DEL']));
    // SCAN may find a key twice.
    expect(new Set(removals.flatMap(([, ...keys]) => keys)).size).toBe(35);
    const sizes = removals.map(words => words.length - 1);
    expect(sizes.slice(0, -1).every(size => size === 10)).toBe(true);
    expect(commands.filter(([name]) => name === 'SCAN')[0]).toEqual([
      'SCAN',
      '0',
      'MATCH',
      'p\\[1\\]:*',
      'COUNT',
      '10',
    ]);
  });
});

describe('a server that is away', () => {
  it('is no error at the start, and is used within a second of coming up', async () => {
    const server = await startServer();
    await server.kill();
    const cache = openManager(server.url).forPlugin('catalog');

    await cache.set('key', 'lost');
    expect(await cache.get('key')).toBeUndefined();

    await server.start();
    await until(
      'a value comes back',
      async () => {
        await cache.set('key', 'kept');
        return (await cache.get('key')) === 'kept';
      },
      1000,
    );
  });

  it('answers every operation with a miss, and is used again when it is back', async () => {
    const server = await startServer();
    const cache = openManager(server.url).forPlugin('catalog');
    await cache.set('key', 1);
    expect(await cache.get('key')).toBe(1);

    await server.kill();
    expect(await cache.get('key')).toBeUndefined();
    await cache.set('key', 2);
    await cache.delete('key');

    await server.start();
    await until('a value comes back', async () => (await cache.set('key', 3), (await cache.get('key')) === 3), 1000);
  });

  it('is reported once it is lost and once it is back, with no credential', async () => {
    const server = await startServer({ credentials: { password: 'hunter2' } });
    const { driver, events } = openDriver(server.url);
    await driver.get('key');

    const lost = once(events, 'disconnected');
    await server.kill();
    const [error] = (await lost) as [CacheError];
    expect(error.code).toBe('CACHE_UNAVAILABLE');
    expect(error.message).not.toContain('hunter2');

    const back = once(events, 'connected');
    await server.start();
    await back;
  });

  it('that refuses the password is reported as CACHE_AUTH', async () => {
    const server = await startServer({ credentials: { password: 'right' } });
    const { driver, events } = openDriver(`redis://:hunter2@${server.host}:${server.port}`);
    const [error] = (await once(events, 'disconnected')) as [CacheError];
    expect(error).toMatchObject({ code: 'CACHE_AUTH', message: expect.not.stringContaining('hunter2') });
    await expect(driver.get('key')).rejects.toMatchObject({ code: 'CACHE_UNAVAILABLE' });
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

    const back = once(events, 'connected', { signal: AbortSignal.timeout(3500) });
    await server.thaw();
    await back;
    expect(await driver.get('key')).toBe('text');
  });

  it('holds up neither an operation nor the end of the process', async () => {
    const server = await startServer();
    const manager = openManager(server.url, { commandTimeout: 200 });
    const cache = manager.forPlugin('catalog');
    await cache.set('key', 1);
    await server.freeze();

    const startedAtMs = performance.now();
    await expect(cache.get('key')).resolves.toBeUndefined();
    expect(performance.now() - startedAtMs).toBeLessThan(300);

    const closedAtMs = performance.now();
    const pending = cache.set('key', 2);
    await manager.close();
    await pending;
    expect(performance.now() - closedAtMs).toBeLessThan(2000);
  });
});

describe('a close', () => {
  it('leaves no socket open, though the server is frozen and an operation has no answer', async () => {
    const countSockets = () => process.getActiveResourcesInfo().filter(kind => kind === 'TCPSocketWrap').length;
    const server = await startServer();
    const before = countSockets();
    const { driver } = openDriver(server.url);
    await driver.set('key', 'text');
    expect(countSockets()).toBe(before + 1);

    await server.freeze();
    const pending = driver.get('key').catch((error: unknown) => error);
    await driver.close();

    await until('the socket is gone', () => countSockets() === before, 200);
    expect(await pending).toMatchObject({ code: 'CACHE_UNAVAILABLE' });
  });
});

describe('a reply that is an error', () => {
  it('is CACHE_REFUSED and shows nothing of what was sent', async () => {
    const url = sharedServerUrl('redis');
    const { driver } = openDriver(url);
    const key = `redis-driver:${Math.random()}`;
    await sendCommands(toAddress(url), [['LPUSH', key, 'x']]);

    const error = await driver.get(key).catch((thrown: unknown) => thrown);

    expect(error).toMatchObject({ code: 'CACHE_REFUSED', message: 'Redis refused the command (WRONGTYPE)' });
    await driver.delete(key);
  });
});

function toAddress(url: string) {
  const { hostname, port } = new URL(url);
  return { host: hostname, port: Number(port) };
}
