/** The Memcached store through its configuration: several servers, other clients, and passwords of every kind. */
import { once } from 'node:events';
import { connect, createServer } from 'node:net';
import type { AddressInfo } from 'node:net';
import { startMemcached } from '@greenroom/test-servers';
import type { MemcachedServerOptions, ServerAddress, TestServer } from '@greenroom/test-servers';
import { cleanUp } from '@greenroom/test-servers/cleanUp';
import fc from 'fast-check';
import { startBackend, uniqueId } from '../testSupport/startBackend';
import { talkTo } from '../testSupport/stores';

async function startServer(options?: MemcachedServerOptions): Promise<TestServer> {
  const server = await startMemcached(options);
  cleanUp(() => server.stop());
  return server;
}

async function openCache(connection: string) {
  const { cacheOf, log, pluginIds, stop } = await startBackend({ store: 'memcache', connection });
  return { cache: cacheOf(), log, pluginId: pluginIds[0] ?? '', stop };
}

const keys = Array.from({ length: 60 }, (_, index) => `key-${index}`);

describe('several servers', () => {
  it('serve the keys of the live server when one is dead, and all keys when it is back', async () => {
    const servers = [await startServer(), await startServer()] as const;
    const { cache, log } = await openCache(servers.map(({ url }) => url).join(','));
    const countUsed = async () => {
      await Promise.all(keys.map(key => cache.set(key, key)));
      const values = await Promise.all(keys.map(key => cache.get(key)));
      values.forEach((value, index) => expect([undefined, keys[index]]).toContain(value));
      return values.filter(value => value !== undefined).length;
    };
    expect(await countUsed()).toBe(keys.length);

    await servers[0].kill();
    const startedAtMs = performance.now();
    const used = await countUsed();
    expect(performance.now() - startedAtMs).toBeLessThan(1000);
    expect(used).toBeGreaterThan(10);
    expect(used).toBeLessThan(50);
    // The store as a whole is available, so the log reports the failed operations, once.
    expect(log.cacheProblems()).toEqual([
      { level: 'warn', message: expect.stringMatching(/^Cache store memcache: 1 operation failed with CACHE_UNAVAIL/) },
    ]);

    await servers[0].start();
    const deadlineMs = performance.now() + 1000;
    let usedAgain = 0;
    while (usedAgain < keys.length && performance.now() < deadlineMs) usedAgain = await countUsed();
    expect(usedAgain).toBe(keys.length);
  });

  it('serve the keys of the live server when one is dead from the start', async () => {
    const servers = [await startServer(), await startServer()] as const;
    await servers[1].kill();
    const { cache } = await openCache(servers.map(({ url }) => url).join(','));
    await Promise.all(keys.map(key => cache.set(key, key)));
    const values = await Promise.all(keys.map(key => cache.get(key)));
    expect(values.filter((value, index) => value === keys[index]).length).toBeGreaterThan(10);
  });
});

describe('an address', () => {
  it('can be an IPv6 address in brackets', async () => {
    const { port } = await startServer();
    const forwarder = createServer(socket => {
      const upstream = connect(port, '127.0.0.1');
      socket.on('error', () => upstream.destroy()).pipe(upstream);
      upstream.on('error', () => socket.destroy()).pipe(socket);
    }).listen(0, '::1');
    await once(forwarder, 'listening');
    cleanUp(async () => forwarder.close());
    const { cache, log } = await openCache(`[::1]:${(forwarder.address() as AddressInfo).port}`);
    await cache.set('key', 'value');
    expect(await cache.get('key')).toBe('value');
    expect(log.cacheProblems()).toEqual([]);
  });
});

describe('a password', () => {
  const credentials = { username: 'some-user', password: 'p@ss:w,rd%/$&' };
  const toConnection = ({ host, port }: ServerAddress, password = credentials.password) =>
    `${credentials.username}:${encodeURIComponent(password)}@${host}:${port}`;

  /** Matches the password in any encoding, in full or in part. */
  const shown = /p@ss|p%40ss|cEBzcw|w,rd|w%2Crd|some-user/;

  it('is accepted when it is correct, and never logged', async () => {
    const { cache, log, stop } = await openCache(toConnection(await startServer({ credentials })));
    await cache.set('key', 'value');
    expect(await cache.get('key')).toBe('value');
    await stop();
    expect(log.cacheProblems()).toEqual([]);
    expect(log.all()).not.toMatch(shown);
  });

  it('causes misses and one log line that does not show it when it is wrong', async () => {
    const server = await startServer({ credentials });
    const { cache, log, stop } = await openCache(toConnection(server, 'wrong-p@ss'));
    for (let count = 0; count < 30; count++) {
      await expect(cache.set('key', 'value')).resolves.toBeUndefined();
      await expect(cache.get('key')).resolves.toBeUndefined();
    }
    await stop();
    expect(log.cacheProblems()).toEqual([
      {
        level: 'error',
        message: expect.stringMatching(/: Memcached at [\d.]+:\d+ has refused the user name or the password$/),
      },
    ]);
    expect(log.all()).not.toMatch(shown);
  });

  it('is never logged while the server is away', async () => {
    const server = await startServer({ credentials });
    await server.kill();
    const { cache, log, stop } = await openCache(toConnection(server));
    expect(await cache.get('key')).toBeUndefined();
    await stop();
    expect(log.cacheProblems()).toHaveLength(1);
    expect(log.all()).not.toMatch(shown);
  });

  it.each([
    'some-user:p@ss w,rd@host',
    'some-user:p@ssw%rd@host:1',
    'redis://some-user:p@ssword@host',
    'some-user:p@ss@',
  ])('is not shown when an invalid connection fails the start: %s', async connection => {
    const error: unknown = await openCache(connection).catch((thrown: unknown) => thrown);
    const texts: string[] = [];
    for (let cause = error; cause instanceof Error; cause = cause.cause) texts.push(String(cause), cause.stack ?? '');
    expect(texts.join()).toContain("'backend.cache.connection'");
    // The stack names this file, but nothing from the connection.
    expect(texts.join()).not.toMatch(shown);
  });
});

describe('an entry that another client has written', () => {
  let shared: TestServer;
  beforeAll(async () => {
    shared = await startMemcached();
  });
  afterAll(() => shared.stop());

  interface Foreign {
    readonly flags: number;
    readonly bytes: Buffer;
  }

  async function write(server: ServerAddress, key: string, { flags, bytes }: Foreign): Promise<void> {
    const head = Buffer.from(`set ${key} ${flags} 0 ${bytes.length}\r\n`);
    await talkTo(server, Buffer.concat([head, bytes, Buffer.from('\r\n')]), 'STORED\r\n');
  }

  const text = (content: string, flags = 0): Foreign => ({ flags, bytes: Buffer.from(content) });
  const foreignEntries: readonly (readonly [string, Foreign])[] = [
    ['0 bytes', text('')],
    ['lines that look like the end of a reply', text('ab\r\nEND\r\n')],
    ['only CRLF END CRLF', text('\r\nEND\r\n')],
    ['lines that look like another value', text('x\r\nEND\r\nVALUE test 0 1\r\ny\r\nEND\r\n')],
    ['lines that look like errors', text('SERVER_ERROR out\r\nERROR\r\n')],
    ['plain JSON', text('"value"')],
    ['JSON with the flags of an object', text('{"a":1}', 2)],
    ['broken JSON with the flags of an object', text('{"a":', 2)],
    ['a number with flags', text('1', 4)],
    ['bytes with flags', { flags: 1, bytes: Buffer.from([0, 255, 254, 13, 10]) }],
    ['the largest flags', text('x', 4_294_967_295)],
    ['bytes that are not valid UTF-8', { flags: 0, bytes: Buffer.from([0xff, 0xfe, 0xc3, 0x28, 0]) }],
    ['a header of a later version', text('#2 key - "value"')],
    ['a truncated header', text('#1 ')],
    ['500 KiB', text('x\r\n'.repeat(170_000))],
  ];

  it.each(foreignEntries)(
    'is a miss without affecting other gets, and is replaced by a set: %s',
    async (_what, foreign) => {
      const { cache, log, pluginId } = await openCache(shared.url);
      await Promise.all(keys.map(key => cache.set(key, key)));
      await write(shared, `${pluginId}:foreign`, foreign);

      const around = [...keys.slice(0, 30), 'foreign', ...keys.slice(30), 'foreign'];
      const values = await Promise.all(around.map(key => cache.get(key)));
      expect(values).toEqual(around.map(key => (key === 'foreign' ? undefined : key)));
      await cache.set('foreign', 'own');
      expect(await cache.get('foreign')).toBe('own');
      // These lines would be written if the connection had been replaced.
      expect(log.all()).not.toMatch(/away|back after/);
    },
  );

  it.each([8, 48])('is a miss and causes one log line when its %i MiB exceed the read limit', async mebibytes => {
    const server = await startServer({ args: ['-I', '64m', '-m', '256'] });
    const { cache, log, pluginId } = await openCache(server.url);
    await cache.set('own', 'value');
    await write(server, `${pluginId}:foreign`, { flags: 0, bytes: Buffer.alloc(mebibytes * 1024 * 1024, 'x') });
    for (let round = 0; round < 10; round++) {
      expect(await cache.get('foreign')).toBeUndefined();
      expect(await cache.get('own')).toBe('value');
    }
    expect(log.cacheProblems()).toEqual([
      {
        level: 'warn',
        message: expect.stringMatching(/CACHE_TOO_LARGE: Memcached at [\d.:]+ holds a value of \d+ bytes/),
      },
    ]);
    expect(log.all()).not.toMatch(/away|back after|again/);
    await cache.set('foreign', 'own');
    expect(await cache.get('foreign')).toBe('own');
  });

  it('is a miss for any bytes and any flags', async () => {
    const { cache, pluginId } = await openCache(shared.url);
    await cache.set('own', 'value');
    await fc.assert(
      fc.asyncProperty(fc.uint8Array({ maxLength: 300 }), fc.nat(0xffff), async (bytes, flags) => {
        await write(shared, `${pluginId}:foreign`, { flags, bytes: Buffer.from(bytes) });
        const [before, foreign, after] = await Promise.all(['own', 'foreign', 'own'].map(key => cache.get(key)));
        expect([before, foreign, after]).toEqual(['value', undefined, 'value']);
      }),
      { numRuns: 200 },
    );
  });

  it("is a miss when it is a copy of another plugin's entry or has expired", async () => {
    const pluginIds = [uniqueId(), uniqueId()] as const;
    const { cacheOf } = await startBackend({ store: 'memcache', connection: shared.url }, { pluginIds });
    await cacheOf(pluginIds[0]).set('token', 'secret');
    await write(shared, `${pluginIds[1]}:token`, text(`#1 ${pluginIds[0]}:token - "secret"`));
    await write(shared, `${pluginIds[1]}:expired`, text(`#1 ${pluginIds[1]}:expired ${Date.now() - 1} "old"`));
    expect(await cacheOf(pluginIds[0]).get('token')).toBe('secret');
    expect(await cacheOf(pluginIds[1]).get('token')).toBeUndefined();
    expect(await cacheOf(pluginIds[1]).get('expired')).toBeUndefined();
  });
});

describe('a ttl', () => {
  const tenYearsMs = 10 * 365 * 24 * 60 * 60 * 1000;
  const anyTtlMs = fc.oneof(
    fc.integer({ min: 1, max: 5000 }),
    fc.integer({ min: 1, max: tenYearsMs }),
    // Around 30 days, where the protocol changes from seconds to a date.
    fc.integer({ min: -2000, max: 2000 }).map(ms => 30 * 24 * 60 * 60 * 1000 + ms),
  );

  it('is exact to the millisecond from 1 ms to ten years, by the clock of the backend', async () => {
    const { cache } = await openCache((await startServer()).url);
    const nowMs = Date.now();
    const now = jest.spyOn(Date, 'now');
    try {
      await fc.assert(
        fc.asyncProperty(fc.array(anyTtlMs, { minLength: 10, maxLength: 10 }), async ttls => {
          const names = ttls.map(() => uniqueId());
          const read = () => Promise.all(names.map(name => cache.get(name)));
          now.mockReturnValue(nowMs);
          await Promise.all(names.map((name, index) => cache.set(name, index, { ttl: ttls[index] as number })));
          for (const ttl of ttls) {
            now.mockReturnValue(nowMs + ttl - 1);
            expect(await read()).toEqual(ttls.map((other, index) => (other > ttl - 1 ? index : undefined)));
            now.mockReturnValue(nowMs + ttl);
            expect(await read()).toEqual(ttls.map((other, index) => (other > ttl ? index : undefined)));
          }
        }),
        {
          numRuns: 20,
          examples: [[[1, 2, 999, 1000, 1001, 59_999, 86_400_000, 2_592_000_000, tenYearsMs - 1, tenYearsMs]]],
        },
      );
    } finally {
      now.mockRestore();
    }
  });

  it('is also set on the server, for 1 ms and for ten years', async () => {
    const server = await startServer();
    const { cache, pluginId } = await openCache(server.url);
    await cache.set('short', 'value', { ttl: 1 });
    await cache.set('long', 'value', { ttl: { years: 10 } });
    const dump = await talkTo(server, `mg ${pluginId}:short t\r\nmg ${pluginId}:long t\r\n`, '\r\n');
    const [short = NaN, long = NaN] = [...dump.matchAll(/^HD t(-?\d+)/gm)].map(([, seconds]) => Number(seconds));
    expect(short).toBeGreaterThan(0);
    expect(short).toBeLessThanOrEqual(3);
    // The server counts seconds since its start, so it may be a second or two off.
    expect(Math.abs(long - tenYearsMs / 1000)).toBeLessThan(5);
  });
});
