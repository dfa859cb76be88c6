import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { createCacheManager } from '@greenroom/cache-core';
import type { CacheDriverDefinition, CacheManager, CacheOperation } from '@greenroom/cache-core';
import { measureMs } from '@greenroom/cache-core/testing';
import { sharedServerUrl, until, within } from '@greenroom/test-servers';
import { cleanUp } from '@greenroom/test-servers/cleanUp';
import { memcacheDriver } from './memcacheDriver';
import { isUsed, toOptions } from './testSupport/openDriver';
import type { RemoteDriver } from './testSupport/openDriver';
import { rawDriver } from './testSupport/rawDriver';
import type { RawOptions } from './testSupport/rawDriver';
import { freeze, startProxyOf, startServer } from './testSupport/servers';
import { talkTo } from './testSupport/talkTo';

const MIB = 1024 * 1024;
const DAY_MS = 24 * 60 * 60 * 1000;

/** What is tested: the store, or the bare library. */
interface Subject {
  open(connection: string, settings?: Settings): RemoteDriver;
  openManager(connection: string): CacheManager;
}

interface Settings {
  readonly client?: object;
  /** Options of the bare library, where its defaults would only take longer to fail. */
  readonly raw?: Omit<RawOptions, 'servers'>;
}

function toSubject<Options>(
  driver: CacheDriverDefinition<Options>,
  toOptions: (connection: string, settings: Settings) => Options,
): Subject {
  return {
    open: (connection, settings = {}) => {
      const opened = driver.create(toOptions(connection, settings), {
        connected: () => {},
        disconnected: () => {},
      }) as RemoteDriver;
      cleanUp(() => opened.close());
      return opened;
    },
    openManager: connection => {
      const manager = createCacheManager({ driver, driverOptions: toOptions(connection, {}) });
      cleanUp(() => manager.close());
      return manager;
    },
  };
}

const store = toSubject(memcacheDriver, (connection, { client }) => toOptions(connection, client));
const bareLibrary = toSubject(rawDriver, (servers, { raw }) => ({ servers, ...raw }));

/** Checks a guarantee of the store, and that the bare library fails the same check. */
function guarantees(name: string, check: (subject: Subject) => Promise<void>, failure: RegExp): void {
  it(name, () => check(store));

  it(`${name} (the bare library fails)`, async () => {
    await expect(check(bareLibrary)).rejects.toThrow(failure);
  });
}

function uniqueKey(): string {
  return `guarantee:${Math.random()}`;
}

describe('1. The library', () => {
  it('is pinned to 2.2.2, the version whose internals the driver replaces', () => {
    const ownPackage = readJson(join(__dirname, '../package.json')) as { dependencies: Record<string, string> };
    expect(ownPackage.dependencies.memcached).toBe('2.2.2');
    expect(readJson(require.resolve('memcached/package.json'))).toMatchObject({ version: '2.2.2' });
  });

  function readJson(path: string): unknown {
    return JSON.parse(readFileSync(path, 'utf8'));
  }
});

describe('2. Keys', () => {
  guarantees(
    'stay distinct when they differ only by a $',
    async ({ open }) => {
      const driver = open(sharedServerUrl('memcached'));
      const key = uniqueKey();
      await driver.set(`${key}$$`, 'two');
      expect(await driver.get(`${key}$`)).toBeUndefined();
    },
    /Received: "two"/,
  );

  guarantees(
    'never turn a value into a command',
    async ({ open }) => {
      const server = await startServer();
      const driver = open(server.url);
      await driver.set('victim', 'untouched');
      await within(1500, driver.set("x$'", 'delete victim')).catch(() => {});
      expect(await talkTo(server, 'get victim\r\n')).toContain('untouched');
    },
    /Received string: +"END/,
  );

  it('are sent with their value as one command, whatever both contain', async () => {
    const server = await startServer();
    const { url, takeSent } = await startProxyOf(server);
    const driver = store.open(url);
    await driver.get('warm');
    takeSent();

    await driver.set('plain:key', '{"a":1}', 1500);
    expect(takeSent()).toBe('set plain:key 0 4 7\r\n{"a":1}\r\n');
    for (const key of ["x$'", 'x$&', 'x$$', '$1', 'x'.repeat(251)]) {
      for (const value of ['delete victim', 'é$&', '\0']) {
        await driver.set(key, value);
        const bytes = Buffer.byteLength(value);
        const [command = '', ...rest] = takeSent().split('\r\n');
        expect(command).toMatch(new RegExp(`^set !sha256-[\\w-]{43} 0 0 ${bytes}$`));
        expect(rest).toEqual([value, '']);
      }
    }
    // The library adds a backslash before each CR and LF.
    await driver.set('lines', 'x\r\nset victim 0 0 1\r\ny');
    expect(takeSent()).toBe('set lines 0 0 26\r\nx\\\r\\\nset victim 0 0 1\\\r\\\ny\r\n');
    expect(await driver.get('lines')).toBe('x\r\nset victim 0 0 1\r\ny');
  });
});

describe('3. Connections', () => {
  guarantees(
    'stay usable after the server has refused a value as too large',
    async ({ open }) => {
      const driver = open(sharedServerUrl('memcached'), { client: { maxValueBytes: 2 * MIB } });
      const key = uniqueKey();
      await driver.set(key, 'x'.repeat(MIB)).catch((error: unknown) => {
        expect(error).toMatchObject({ code: 'CACHE_TOO_LARGE' });
      });
      await driver.set(key, 'small');
      expect(await driver.get(key)).toBe('small');
    },
    /not available/,
  );

  guarantees(
    'serve a burst of 500 operations that starts before they are ready',
    async ({ open }) => {
      const driver = open(sharedServerUrl('memcached'), { raw: { library: { retries: 0 } } });
      const keys = Array.from({ length: 500 }, () => uniqueKey());
      expect(await Promise.all(keys.map(key => driver.get(key)))).toEqual(keys.map(() => undefined));
    },
    /pool is full|not available/,
  );

  guarantees(
    'make the operations in flight fail with CACHE_UNAVAILABLE when they are lost',
    async ({ open }) => {
      const proxy = await startProxyOf(await startServer());
      const driver = open(proxy.url);
      await driver.set('key', 'text');
      proxy.hold();
      const operation = driver.get('key');
      await until('it is sent', () => proxy.allSent().endsWith('get key\r\n'), 1000);
      proxy.cut();
      await expect(within(300, operation)).rejects.toMatchObject({ code: 'CACHE_UNAVAILABLE' });
    },
    /Not settled/,
  );

  guarantees(
    'never give a reply to the wrong caller, whatever another client has stored',
    async ({ open }) => {
      const server = await startServer();
      const proxy = await startProxyOf(server);
      const driver = open(proxy.url);
      await driver.set('a', 'text of a');
      await driver.set('b', 'text of b');
      await talkTo(server, 'set bad 0 0 9\r\nab\r\nEND\r\n\r\n');
      // Has all three gets in flight when the first reply arrives.
      proxy.hold();
      const texts = within(1500, Promise.all(['bad', 'a', 'b'].map(key => driver.get(key))));
      await until('all are sent', () => proxy.allSent().endsWith('get b\r\n'), 1000);
      proxy.release();
      expect((await texts).slice(1)).toEqual(['text of a', 'text of b']);
    },
    /text of a/,
  );
});

describe('4. A server that freezes', () => {
  guarantees(
    'makes a get reject with CACHE_TIMEOUT within 1.5 s, and is used again after the thaw',
    async ({ open }) => {
      const server = await startServer();
      const driver = open(server.url);
      await driver.set('key', 'text');
      await freeze(server);
      await expect(within(1500, driver.get('key'))).rejects.toMatchObject({ code: 'CACHE_TIMEOUT' });
      await server.thaw();
      await until('the server is used', () => isUsed(driver), 1000);
    },
    /Not settled/,
  );
});

describe('5. A server that was down', () => {
  guarantees(
    'is used within a second of coming back',
    async ({ open }) => {
      const server = await startServer();
      const driver = open(server.url, { raw: { library: { retries: 0 } } });
      await driver.set('key', 'text');
      await server.kill();
      for (let round = 0; round < 10; round++) await driver.get('key').catch(() => {});
      await server.start();
      await until('the server is used', () => isUsed(driver), 1000);
    },
    /Not within 1000 ms/,
  );

  guarantees(
    'is found again without a ping program',
    async ({ open }) => {
      const server = await startServer();
      const library = { retries: 0, failures: 1, retry: 1, reconnect: 50 };
      const driver = open(server.url, { raw: { library, env: { ...process.env, PATH: '/nowhere' } } });
      await driver.set('key', 'text');
      await server.kill();
      await until('the server is missed', async () => !(await isUsed(driver)), 1000);
      for (let round = 0; round < 20; round++) {
        const error: unknown = await driver.get('key').catch((thrown: unknown) => thrown);
        expect(String(error)).not.toContain('ENOENT');
        await new Promise(resolve => setTimeout(resolve, 20));
      }
      await server.start();
      await until('the server is used', () => isUsed(driver), 1000);
    },
    /ENOENT/,
  );
});

describe('6. A value above the limit', () => {
  guarantees(
    'is rejected with CACHE_TOO_LARGE and is not sent',
    async ({ open }) => {
      const { url, takeSent } = await startProxyOf(await startServer());
      const driver = open(url);
      await driver.get('key');
      takeSent();
      // It has fewer characters than the limit, but more bytes.
      await expect(driver.set('key', 'é'.repeat(MIB / 2))).rejects.toMatchObject({ code: 'CACHE_TOO_LARGE' });
      expect(takeSent()).toBe('');
    },
    /resolved instead of rejected/,
  );

  it('the limit is the configured maxValueBytes, counted in bytes', async () => {
    const driver = store.open(sharedServerUrl('memcached'), { client: { maxValueBytes: 4 } });
    const key = uniqueKey();
    await driver.set(key, 'éé');
    expect(await driver.get(key)).toBe('éé');
    await expect(driver.set(key, 'éé.')).rejects.toMatchObject({ code: 'CACHE_TOO_LARGE' });
  });

  it('removes the old value', async () => {
    const cache = store.openManager(sharedServerUrl('memcached')).forPlugin('guarantees');
    const key = uniqueKey();
    await cache.set(key, 'old');
    await cache.set(key, 'x'.repeat(MIB));
    expect(await cache.get(key)).toBeUndefined();
    await cache.set(key, 'new');
    expect(await cache.get(key)).toBe('new');
  });
});

describe('7. A ttl', () => {
  guarantees(
    'can be less than a second',
    async ({ open }) => {
      const driver = open(sharedServerUrl('memcached'));
      const key = uniqueKey();
      await driver.set(key, 'text', 500);
      expect(await driver.get(key)).toBe('text');
    },
    /bad command line format/,
  );

  guarantees(
    'can be more than 30 days',
    async ({ open }) => {
      const driver = open(sharedServerUrl('memcached'));
      const key = uniqueKey();
      await driver.set(key, 'text', 31 * DAY_MS);
      expect(await driver.get(key)).toBe('text');
    },
    /Received: undefined/,
  );

  it.each([1, 999, 1000, 30 * DAY_MS - 1000, 30 * DAY_MS, 10 * 365 * DAY_MS])(
    'expires after exactly %i ms',
    async ttl => {
      const cache = store.openManager(sharedServerUrl('memcached')).forPlugin('guarantees');
      const key = uniqueKey();
      const nowMs = Date.now();
      const now = jest.spyOn(Date, 'now').mockReturnValue(nowMs);
      try {
        await cache.set(key, 'value', { ttl });
        now.mockReturnValue(nowMs + ttl - 1);
        expect(await cache.get(key)).toBe('value');
        now.mockReturnValue(nowMs + ttl);
        expect(await cache.get(key)).toBeUndefined();
      } finally {
        now.mockRestore();
      }
    },
  );
});

describe('Clocks', () => {
  function openObserved() {
    const operations: CacheOperation[] = [];
    const manager = createCacheManager({
      driver: memcacheDriver,
      driverOptions: toOptions(sharedServerUrl('memcached')),
      observer: { onOperation: operation => void operations.push(operation) },
    });
    cleanUp(() => manager.close());
    return { cache: manager.forPlugin('guarantees'), operations };
  }

  it('are reported with CACHE_CLOCK_SKEW when they differ, and shorten the ttl only by the difference', async () => {
    const { cache, operations } = openObserved();
    const [short, long] = [uniqueKey(), uniqueKey()];
    const fastMs = 10_000;
    const now = jest.spyOn(Date, 'now').mockReturnValue(Date.now() - fastMs);
    try {
      await cache.set(short, 'value', { ttl: 5000 });
      await cache.set(long, 'value', { ttl: 60_000 });
    } finally {
      now.mockRestore();
    }
    operations.length = 0;
    expect(await Promise.all([cache.get(short), cache.get(long)])).toEqual([undefined, 'value']);
    expect(operations).toEqual([
      expect.objectContaining({ result: 'error', error: expect.objectContaining({ code: 'CACHE_CLOCK_SKEW' }) }),
      expect.objectContaining({ result: 'hit' }),
    ]);
  });

  it('are not reported when they agree and an entry expires', async () => {
    const { cache, operations } = openObserved();
    const key = uniqueKey();
    await cache.set(key, 'value', { ttl: 1 });
    const endMs = performance.now() + 4000;
    while (performance.now() < endMs) {
      await new Promise(resolve => setTimeout(resolve, 100));
      await cache.get(key);
    }
    expect(new Set(operations.map(({ result }) => result))).toEqual(new Set(['ok', 'miss']));
  });
});

describe('8. An entry', () => {
  guarantees(
    'is a miss when another client has copied it to another key',
    async ({ openManager }) => {
      const server = await startServer();
      const manager = openManager(server.url);
      const one = manager.forPlugin('one');
      const isStored = async () => {
        await one.set('key', 'value of one');
        return (await one.get('key')) === 'value of one';
      };
      await until('the entry is stored', isStored, 5000);
      const [, bytes = '', text = ''] =
        /^VALUE \S+ 0 (\d+)\r\n(.*)\r\nEND/s.exec(await talkTo(server, 'get one:key\r\n')) ?? [];
      await talkTo(server, `set two:key 0 0 ${bytes}\r\n${text}\r\n`);
      expect(await one.get('key')).toBe('value of one');
      expect(await manager.forPlugin('two').get('key')).toBeUndefined();
    },
    /Received: "value of one"/,
  );
});

describe('9. Concurrent gets', () => {
  it('are sent as one command each', async () => {
    const { url, takeSent } = await startProxyOf(await startServer());
    const driver = store.open(url);
    const keys = ['__proto__', 'constructor', ...Array.from({ length: 300 }, (_, index) => `key-${index}`)];
    await Promise.all(keys.map(key => driver.set(key, `text of ${key}`)));
    takeSent();
    expect(await Promise.all(keys.map(key => driver.get(key)))).toEqual(keys.map(key => `text of ${key}`));
    expect(takeSent()).toBe(keys.map(key => `get ${key}\r\n`).join(''));
  });
});

describe('10. Servers', () => {
  guarantees(
    'can have an IPv6 address',
    async ({ open }) => {
      const server = await startServer();
      const { url } = await startProxyOf(server, { host: '::1' });
      const driver = open(url, { raw: { library: { retries: 0 } } });
      await driver.set('key', 'text');
      expect(await driver.get('key')).toBe('text');
    },
    /ENOTFOUND/,
  );

  guarantees(
    'serve the keys of the others when one is down, and all keys when it is back',
    async ({ open }) => {
      const servers = await Promise.all([startServer(), startServer(), startServer()]);
      await servers[1]?.kill();
      const driver = open(servers.map(({ url }) => url).join(','), { raw: { library: { retries: 0 } } });
      const keys = Array.from({ length: 60 }, (_, index) => `key-${index}`);
      const setAndGet = async (key: string) => {
        await driver.set(key, `text of ${key}`);
        return driver.get(key);
      };
      const settling = Promise.allSettled(keys.map(setAndGet));
      const tookMs = await measureMs(() => settling);
      const results = await settling;
      const failed = results.filter(({ status }) => status === 'rejected');
      expect(failed.length).toBeGreaterThan(0);
      expect(failed.length).toBeLessThan(40);
      expect(tookMs).toBeLessThan(600);
      expect(results.filter(({ status }) => status === 'fulfilled')).toEqual(
        keys.flatMap((key, index) =>
          results[index]?.status === 'fulfilled' ? [{ status: 'fulfilled', value: `text of ${key}` }] : [],
        ),
      );
      await servers[1]?.start();
      await until(
        'all keys are used',
        async () => (await Promise.all(keys.map(key => isUsed(driver, key)))).every(Boolean),
        1000,
      );
    },
    /Expected: < 40|Not within/,
  );

  guarantees(
    'can require a password',
    async ({ open }) => {
      const server = await startServer({ credentials: { username: 'bob', password: 'hunter2' } });
      const driver = open(server.url, { raw: { library: { retries: 0 } } });
      await driver.set('key', 'text');
      expect(await driver.get('key')).toBe('text');
    },
    /ENOTFOUND bob:hunter2@/,
  );
});

describe('11. A value that another client has written', () => {
  guarantees(
    'is a miss when it has unknown flags, and harms no other entry',
    async ({ open }) => {
      const server = await startServer();
      const driver = open(server.url);
      await driver.set('key', 'text');
      for (const flags of [2, 4, 8, 4_294_967_295]) {
        await talkTo(server, `set foreign 0 0 5\r\n{"a":\r\n`.replace(' 0 ', ` ${flags} `));
        expect(await driver.get('foreign')).toBeUndefined();
      }
      expect(await driver.get('key')).toBe('text');
    },
    /process has ended: [^]*SyntaxError/,
  );
});
