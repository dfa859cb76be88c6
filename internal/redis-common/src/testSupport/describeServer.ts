import { once } from 'node:events';
import { inspect } from 'node:util';
import type { CacheError } from '@greenroom/cache-core';
import { measureMs } from '@greenroom/cache-core/testing';
import { block, errorOf, sendCommands, until } from '@greenroom/test-servers';
import { commandsDuring } from './commandsDuring';
import type { StoreUnderTest } from './storeUnderTest';

/** A store with one server. */
export function describeServer({ serverName, store, sharedUrl, startServer, openCache, openDriver }: StoreUnderTest) {
  describe(`a store with one ${serverName} server`, () => {
    it('sends keys as plugin id and key, and values as JSON', async () => {
      const server = await startServer();
      const cache = openCache({ connection: server.url }).cache;

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

    it('starts keys with namespace and separator, and sends DEL instead of UNLINK when configured', async () => {
      const server = await startServer();
      const client = { namespace: 'my-app', keyPrefixSeparator: '!', useUnlink: false };
      const cache = openCache({ connection: server.url, [store]: { client } }).cache;

      const commands = await commandsDuring(server, async () => {
        await cache.set('some-key', 'bob');
        await cache.delete('some-key');
      });

      expect(commands).toEqual([
        ['SET', 'my-app!catalog:some-key', '"bob"'],
        ['DEL', 'my-app!catalog:some-key'],
      ]);
    });

    it('shares one connection among 50 plugins', async () => {
      const server = await startServer();
      const { manager } = openCache({ connection: server.url });
      const plugins = Array.from({ length: 50 }, (_, index) => manager.forPlugin(`plugin-${index}`));

      await Promise.all(plugins.map(cache => cache.withOptions({ defaultTtl: 1000 }).set('key', 1)));

      // The second connection is the one that sends CLIENT LIST.
      const [clients] = await sendCommands(server, [['CLIENT', 'LIST']]);
      expect(String(clients).trim().split('\n')).toHaveLength(2);
    });

    it('uses the user name, password and database of the URL', async () => {
      const server = await startServer({ credentials: { username: 'backstage', password: 'pass word' } });
      const { driver } = openDriver({ connection: `${server.url}/3` });

      await driver.set('key', 'text');

      const replies = await sendCommands(server, [
        ['SELECT', '3'],
        ['GET', 'key'],
      ]);
      expect(replies).toEqual(['OK', 'text']);
    });
  });

  describe('clear', () => {
    it('removes entries in batches of clearBatchSize, with DEL when useUnlink is false', async () => {
      const server = await startServer();
      const client = { clearBatchSize: 10, useUnlink: false };
      const { driver } = openDriver({ connection: server.url, [store]: { client } });
      await Promise.all(Array.from({ length: 35 }, (_, index) => driver.set(`p[1]:${index}`, 'x')));

      const commands = await commandsDuring(server, async () => driver.clear?.('p[1]:'));

      const removals = commands.filter(([name]) => name !== 'SCAN');
      expect(new Set(removals.map(([name]) => name))).toEqual(new Set(['DEL']));
      // SCAN may return a key twice.
      expect(new Set(removals.flatMap(([, ...keys]) => keys)).size).toBe(35);
      const sizes = removals.map(args => args.length - 1);
      expect(Math.max(...sizes)).toBeLessThanOrEqual(10);
      // One SCAN finds about as many keys as one command removes.
      expect(sizes.length).toBeLessThan(12);
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
    it('is used within 1 s of coming up when it was down at the start', async () => {
      const server = await startServer();
      await server.kill();
      const cache = openCache({ connection: server.url }).cache;

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

    it('makes reads miss and writes resolve, and is used again within 1 s when it is back', async () => {
      const server = await startServer();
      const cache = openCache({ connection: server.url }).cache;
      await cache.set('key', 1);
      expect(await cache.get('key')).toBe(1);

      await server.kill();
      expect(await cache.get('key')).toBeUndefined();
      await cache.set('key', 2);
      await cache.delete('key');

      await server.start();
      await until('a value comes back', async () => (await cache.set('key', 3), (await cache.get('key')) === 3), 1000);
    });

    it('is reported when it is lost and when it is back, without credentials', async () => {
      const server = await startServer({ credentials: { password: 'hunter2' } });
      const { driver, events } = openDriver({ connection: server.url });
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

    it('is reported as CACHE_AUTH, without the password, when it refuses the password', async () => {
      const server = await startServer({ credentials: { password: 'right' } });
      const { driver, events } = openDriver({ connection: `redis://:hunter2@${server.host}:${server.port}` });
      const [error] = (await once(events, 'disconnected')) as [CacheError];
      expect(error.code).toBe('CACHE_AUTH');
      expect(inspect(error, { depth: Infinity, showHidden: true })).not.toContain('hunter2');
      const refusal = await errorOf(driver.get('key'));
      expect(refusal).toMatchObject({ code: 'CACHE_AUTH', message: error.message });
      expect(inspect(refusal, { depth: Infinity, showHidden: true })).not.toContain('hunter2');
    });
  });

  describe('the very first connection', () => {
    const frozen = async () => {
      const server = await startServer();
      await server.freeze();
      const client = { commandTimeout: 400, connectTimeout: 5000 };
      return { server, cache: { connection: server.url, [store]: { client } } };
    };

    it('is waited for, and operations that time out meanwhile are not sent', async () => {
      const { server, cache } = await frozen();
      const { driver } = openDriver(cache);
      const late = errorOf(driver.set('late', 'text'));
      await new Promise(resolve => setTimeout(resolve, 500));
      const inTime = driver.set('in-time', 'text');

      await server.thaw();

      expect(await late).toMatchObject({ code: 'CACHE_TIMEOUT' });
      await inTime;
      expect(await sendCommands(server, [['KEYS', '*']])).toEqual([['in-time']]);
    });

    it('is waited for even with timeouts beyond the maximum of setTimeout', async () => {
      const { server } = await frozen();
      const client = { commandTimeout: '10000h', connectTimeout: '10000h' };
      const { driver } = openDriver({ connection: server.url, [store]: { client } });
      const waiting = driver.get('key');
      await new Promise(resolve => setTimeout(resolve, 50));

      await server.thaw();

      expect(await waiting).toBeUndefined();
    });

    it('sends waiting operations before those that are issued when it connects', async () => {
      const { server, cache } = await frozen();
      const later: Promise<void>[] = [];
      const { driver } = openDriver(cache, opened => later.push(opened.set('key', 'later')));
      const waiting = driver.set('key', 'first');

      await server.thaw();

      await waiting;
      await Promise.all(later);
      expect(await driver.get('key')).toBe('later');
    });

    it('rejects operation 20,001 with CACHE_OVERLOADED, and the waiting ones with CACHE_CLOSED on close', async () => {
      const { cache } = await frozen();
      const { driver } = openDriver(cache);
      const waiting = Array.from({ length: 20_000 }, () => errorOf(driver.get('key')));

      expect(await errorOf(driver.get('key'))).toMatchObject({ code: 'CACHE_OVERLOADED' });

      await driver.close();
      const codes = new Set((await Promise.all(waiting)).map(error => error?.code));
      expect([...codes]).toEqual(['CACHE_CLOSED']);
    });
  });

  describe('a server that becomes read-only', () => {
    it('makes the store reconnect within 2 s while reads continue', async () => {
      const server = await startServer();
      const { driver, events } = openDriver({ connection: server.url });
      await driver.set('key', 'text');
      const again = once(events, 'connected', { signal: AbortSignal.timeout(2000) });
      await sendCommands(server, [
        ['CONFIG', 'SET', 'replica-serve-stale-data', 'yes'],
        ['REPLICAOF', '127.0.0.1', '1'],
      ]);

      const errors = await Promise.all([driver.set('key', 'a'), driver.set('key', 'b')].map(errorOf));

      expect(errors.map(error => error?.code)).toEqual(['CACHE_READ_ONLY', 'CACHE_READ_ONLY']);
      await again;
      expect(await driver.get('key')).toBe('text');
      // One connection is that of the store, the other one sends CLIENT LIST.
      const [clients] = await sendCommands(server, [['CLIENT', 'LIST', 'TYPE', 'normal']]);
      expect(String(clients).trim().split('\n')).toHaveLength(2);
    });
  });

  describe('a server that freezes', () => {
    it('is reported as CACHE_TIMEOUT without traffic, and is used again when it thaws', async () => {
      const server = await startServer();
      const { driver, events } = openDriver({ connection: server.url });
      await driver.set('key', 'text');

      const lost = once(events, 'disconnected', { signal: AbortSignal.timeout(3500) });
      await server.freeze();
      expect(((await lost) as [CacheError])[0].code).toBe('CACHE_TIMEOUT');

      const back = once(events, 'connected', { signal: AbortSignal.timeout(3500) });
      await server.thaw();
      await back;
      expect(await driver.get('key')).toBe('text');
    });

    it('is reported as CACHE_TIMEOUT under constant traffic too', async () => {
      const server = await startServer();
      const { driver, events } = openDriver({ connection: server.url });
      await driver.set('key', 'text');
      const lost = once(events, 'disconnected', { signal: AbortSignal.timeout(3500) });
      await server.freeze();
      const asking = setInterval(() => void driver.get('key').catch(() => {}), 20);
      try {
        expect(((await lost) as [CacheError])[0].code).toBe('CACHE_TIMEOUT');
      } finally {
        clearInterval(asking);
      }
    });

    it('delays neither an operation nor close', async () => {
      const server = await startServer();
      const client = { commandTimeout: 200 };
      const { manager, cache } = openCache({ connection: server.url, [store]: { client } });
      await cache.set('key', 1);
      await server.freeze();

      const get = () => expect(cache.get('key')).resolves.toBeUndefined();
      expect(await measureMs(get)).toBeLessThan(300);

      const close = () => Promise.all([cache.set('key', 2), manager.close()]);
      expect(await measureMs(close)).toBeLessThan(2000);
    });
  });

  describe('a busy process', () => {
    it('does not mistake its own blocked event loop for a silent server', async () => {
      const server = await startServer();
      const { driver, events } = openDriver({ connection: server.url });
      await driver.get('key');
      const lost: unknown[] = [];
      events.on('disconnected', error => void lost.push(error));
      // Each turn of the event loop blocks for longer than the ping interval.
      for (let turn = 0; turn < 5; turn++) {
        block(1100);
        await new Promise(setImmediate);
      }
      await driver.get('key');
      expect(lost).toEqual([]);
    });
  });

  describe('a close', () => {
    it('leaves no socket open, even with a frozen server and an unanswered operation', async () => {
      const countSockets = () => process.getActiveResourcesInfo().filter(kind => kind === 'TCPSocketWrap').length;
      const server = await startServer();
      const before = countSockets();
      const { driver } = openDriver({ connection: server.url });
      await driver.set('key', 'text');
      expect(countSockets()).toBe(before + 1);

      await server.freeze();
      const pending = driver.get('key').catch((error: unknown) => error);
      await driver.close();

      await until('the socket is gone', () => countSockets() === before, 200);
      expect(await pending).toMatchObject({ code: 'CACHE_UNAVAILABLE' });
    });
  });

  it('reads 100,000 keys in one getMany', async () => {
    const { driver } = openDriver({ connection: sharedUrl() });
    const prefix = `driver:${Math.random()}:`;
    const keys = Array.from({ length: 100_000 }, (_, index) => prefix + index);
    await driver.set(`${prefix}99999`, 'last');

    const texts = await driver.getMany?.(keys);

    expect(texts).toHaveLength(keys.length);
    expect(texts?.filter(text => text !== undefined)).toEqual(['last']);
    expect(texts?.at(-1)).toBe('last');
    await driver.delete(`${prefix}99999`);
  });

  describe('an error reply', () => {
    it('becomes CACHE_REFUSED and shows the command without its key', async () => {
      const url = sharedUrl();
      const { driver } = openDriver({ connection: url });
      const key = `driver:${Math.random()}`;
      await sendCommands(toAddress(url), [['LPUSH', key, 'x']]);

      const error = await driver.get(key).catch((thrown: unknown) => thrown);

      const { host, port } = toAddress(url);
      const message = `${serverName} at ${host}:${port} refused GET (WRONGTYPE)`;
      expect(error).toMatchObject({ code: 'CACHE_REFUSED', message });
      await driver.delete(key);
    });
  });
}

function toAddress(url: string) {
  const { hostname, port } = new URL(url);
  return { host: hostname, port: Number(port) };
}
