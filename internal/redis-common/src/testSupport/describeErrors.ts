import { once } from 'node:events';
import { inspect } from 'node:util';
import type { CacheDriver, CacheError } from '@greenroom/cache-core';
import { createCertificate, errorOf, sendCommands } from '@greenroom/test-servers';
import type { TestServer } from '@greenroom/test-servers';
import { startFakeServer } from './startFakeServer';
import type { FakeServerOptions } from './startFakeServer';
import type { StoreUnderTest } from './storeUnderTest';

/** No error message may contain this text. */
const SECRET = 'hunter2-hunter2';

/** Error messages, which are what the log says: the server, the command, and what to do. */
export function describeErrors(underTest: StoreUnderTest): void {
  const { serverName, store, startServer, startCluster, startSentinel, openDriver } = underTest;

  async function startFake(options?: FakeServerOptions) {
    const server = await startFakeServer(options);
    const { host, port, url } = server;
    const toUrl = (login = '') => url.replace('//', `//${login}`);
    return { server, toUrl, name: `${serverName} at ${host}:${port}` };
  }

  /** The error with which the first connection fails. */
  async function reasonOf(cache: object): Promise<CacheError> {
    const { events } = openDriver({ [store]: { client: { connectTimeout: 1000 } }, ...cache });
    const [error] = (await once(events, 'disconnected', { signal: AbortSignal.timeout(5000) })) as [CacheError];
    expect(inspect(error, { depth: Infinity, showHidden: true })).not.toContain(SECRET);
    return error;
  }

  const nameOf = ({ host, port }: TestServer) => `${serverName} at ${host}:${port}`;

  describe(`a failed login to ${serverName}`, () => {
    it.each([
      ['-WRONGPASS invalid username-password pair', /refused the user name or the password/],
      [`-WRONGPASS '${SECRET}' is wrong`, /refused the user name or the password/],
      ['-ERR invalid password', /refused the user name or the password/],
      ['-ERR Client sent AUTH, but no password is set', /has no password and was given one/],
      [
        '-ERR AUTH <password> called without any password configured for the default user. Are you sure your configuration is correct?',
        /has no password and was given one/,
      ],
      ["-ERR wrong number of arguments for 'auth' command", /too old to know user names/],
    ])(
      'is reported as CACHE_AUTH, with the server and without the password, when the reply is %s',
      async (reply, text) => {
        const { server, toUrl, name } = await startFake();
        server.answer = ([command]) => (command === 'AUTH' ? `${reply}\r\n` : undefined);

        const error = await reasonOf({ connection: toUrl(`backstage:${SECRET}@`) });

        expect(error).toMatchObject({ code: 'CACHE_AUTH', message: expect.stringMatching(text) });
        expect(error.message).toContain(name);
      },
    );

    it('is reported as CACHE_AUTH when the server wants a password and gets none', async () => {
      const closed = await startServer({ credentials: { password: SECRET } });
      const wanted = await reasonOf({ connection: `redis://${closed.host}:${closed.port}` });
      expect(wanted).toMatchObject({ code: 'CACHE_AUTH', message: expect.stringMatching(/wants a password/) });
      expect(wanted.message).toContain(nameOf(closed));
    });

    it('is reported as CACHE_AUTH when the server has no password and gets one', async () => {
      const open = await startServer();
      const given = await reasonOf({ connection: `redis://:${SECRET}@${open.host}:${open.port}` });
      expect(given).toMatchObject({ code: 'CACHE_AUTH', message: expect.stringContaining(nameOf(open)) });
      expect(given.message).toMatch(/has no password and was given one/);
    });

    it('is reported as CACHE_REFUSED when the database does not exist', async () => {
      const server = await startServer();
      const error = await reasonOf({ connection: `${server.url}/4711` });
      expect(error).toMatchObject({
        code: 'CACHE_REFUSED',
        message: expect.stringMatching(/no database with that number/),
      });
      expect(error.message).toContain(nameOf(server));
    });
  });

  describe(`a refused connection to ${serverName}`, () => {
    it.each([
      ['-DENIED Redis is running in protected mode because protected mode is enabled', 'CACHE_AUTH', /protected mode/],
      ['-ERR max number of clients reached', 'CACHE_UNAVAILABLE', /too many clients \(max number of clients reached\)/],
    ])('is reported with its cause even when the server closes it immediately after %s', async (reply, code, text) => {
      const { toUrl, name } = await startFake({ onConnection: socket => socket.end(`${reply}\r\n`) });
      const error = await reasonOf({ connection: toUrl() });
      expect(error).toMatchObject({ code, message: expect.stringMatching(text) });
      expect(error.message).toContain(name);
    });

    it('is reported as CACHE_UNAVAILABLE when the server has too many clients', async () => {
      const server = await startServer();
      await sendCommands(server, [['CONFIG', 'SET', 'maxclients', '1']]);
      const { driver } = openDriver({ connection: server.url });
      await driver.set('key', 'text');

      const error = await reasonOf({ connection: server.url });

      expect(error).toMatchObject({
        code: 'CACHE_UNAVAILABLE',
        message: expect.stringMatching(/max number of clients/),
      });
    });

    it('is reported with a hint at TLS when the server closes it without a reply', async () => {
      const { toUrl, name } = await startFake({ onConnection: socket => socket.end() });
      const error = await reasonOf({ connection: toUrl() });
      expect(error.message).toMatch(/closed the connection before it was ready .*: it may speak TLS/);
      expect(error.message).toContain(name);
    });

    it('is reported with the address, IPv6 in brackets, when nothing listens there', async () => {
      const error = await reasonOf({ connection: `redis://user:${SECRET}@[::1]:1` });
      expect(error.message).toMatch(new RegExp(`^${serverName} at \\[::1\\]:1 cannot be reached \\([A-Z]+\\)$`));
    });
  });

  describe(`TLS with ${serverName}`, () => {
    it('fails with an explanation for an unknown CA, a wrong name and a server without TLS', async () => {
      const secure = await startServer({ tls: true });
      const unknown = await reasonOf({ connection: secure.url });
      expect(unknown.message).toMatch(/^.+ at .+ cannot be reached \(.*no known authority.*tls\.ca\)$/);
      expect(unknown.message).toContain(nameOf(secure));

      const { ca, certificate, key } = await createCertificate();
      // The certificate is for 127.0.0.1 and localhost.
      const other = await startFake({ host: '127.0.0.2', tls: { cert: certificate, key } });
      const wrongName = await reasonOf({ connection: { url: other.toUrl(), tls: { ca } } });
      expect(wrongName.message).toMatch(/for another name.*tls\.servername/);
      expect(wrongName.message).toContain(other.name);

      const silent = await startServer();
      const waiting = await reasonOf({ connection: { url: `rediss://${silent.host}:${silent.port}`, tls: { ca } } });
      expect(waiting.message).toMatch(/does not answer: it may not speak TLS/);
      expect(waiting.message).toContain(nameOf(silent));

      const plain = await startFake({ onConnection: socket => socket.end('-ERR unknown command\r\n') });
      const noTls = await reasonOf({ connection: { url: plain.toUrl(), tls: { ca } } });
      expect(noTls.message).toMatch(/does not speak TLS/);
      expect(noTls.message).toContain(plain.name);
    });

    it('is suggested in the error when only the server uses it', async () => {
      const secure = await startServer({ tls: true });
      const error = await reasonOf({ connection: `redis://${secure.host}:${secure.port}` });
      expect(error.message).toMatch(/TLS.*rediss:/);
      expect(error.message).toContain(nameOf(secure));

      const alert = await startFake({ onConnection: socket => socket.end(Buffer.from([0x15, 3, 3, 0, 2, 2, 70])) });
      const alerted = await reasonOf({ connection: alert.toUrl() });
      expect(alerted.message).toMatch(/speaks TLS.*rediss:/);
    });
  });

  describe(`a failed command on ${serverName}`, () => {
    async function openReady(cache: object) {
      const { driver, events } = openDriver(cache);
      if (driver.connections?.() === 0) await once(events, 'connected', { signal: AbortSignal.timeout(5000) });
      return driver;
    }

    it.each([
      [
        "-NOPERM this user has no permissions to run the 'get' command or its subcommand",
        'CACHE_AUTH',
        /send GET .*\+get$/,
      ],
      ['-NOPERM No permissions to access a key', 'CACHE_AUTH', /use the keys of GET/],
      ['-LOADING Redis is loading the dataset in memory', 'CACHE_UNAVAILABLE', /loading its data/],
      [
        "-MASTERDOWN Link with MASTER is down and replica-serve-stale-data is set to 'no'.",
        'CACHE_UNAVAILABLE',
        /lost its master/,
      ],
      ['-BUSY Redis is busy running a script.', 'CACHE_UNAVAILABLE', /busy with a script/],
      ['-MISCONF Redis is configured to save RDB snapshots', 'CACHE_READ_ONLY', /cannot save its data/],
      ['-OOM command not allowed when used memory', 'CACHE_FULL', /out of memory/],
      ["-ERR unknown command 'GET', with args beginning with: 'catalog:key'", 'CACHE_REFUSED', /does not know GET/],
      [`-ERR ${SECRET}`, 'CACHE_REFUSED', /refused GET \(ERR\)$/],
      [`-${'A'.repeat(60_000)} ${SECRET}`, 'CACHE_REFUSED', /refused GET \(ERR\)$/],
      ['-\u001b[31mred', 'CACHE_REFUSED', /refused GET \(ERR\)$/],
    ])(
      'is reported with the server and the cause, and without the key, when the reply is %.60s',
      async (reply, code, text) => {
        const { server, toUrl, name } = await startFake();
        const driver = await openReady({ connection: toUrl() });
        server.answer = ([command]) => (command === 'GET' ? `${reply}\r\n` : undefined);

        const error = await errorOf(driver.get('catalog:key'));

        expect(error).toMatchObject({ code, message: expect.stringMatching(text) });
        expect(error?.message.startsWith(`${name} `)).toBe(true);
        expect(error?.message).not.toMatch(/[\p{C}]/u);
        expect(error?.message.length).toBeLessThan(300);
        expect(error?.message).not.toContain('catalog:key');
        expect(error?.message).not.toContain(SECRET);
      },
    );

    it('is reported with the right that the user lacks', async () => {
      const server = await startServer();
      const driver = await openReady({ connection: server.url });
      await sendCommands(server, [['ACL', 'SETUSER', 'default', '-mget']]);
      const error = await errorOf(driver.getMany?.(['a', 'b']) ?? Promise.resolve());
      expect(error?.message).toBe(
        `${nameOf(server)} does not let the user of this cache send MGET (NOPERM): give the user the right +mget`,
      );
    });

    it.each([
      ['GET', ':5\r\n', (driver: CacheDriver) => driver.get('key')],
      ['SET', '$-1\r\n', (driver: CacheDriver) => driver.set('key', 'text', 1000)],
      ['SET', ':1\r\n', (driver: CacheDriver) => driver.add?.('key', 'text', 1000)],
    ] as const)(
      'is reported with its name when the reply does not fit it: %s, %j',
      async (command, reply, operation) => {
        const { server, toUrl, name } = await startFake();
        const driver = await openReady({ connection: toUrl() });
        server.answer = ([received]) => (received === command ? reply : undefined);
        const error = await errorOf(Promise.resolve(operation(driver)));
        expect(error?.message).toBe(`${name} sent a reply that does not fit ${command}`);
      },
    );

    it('is reported with the server and the reason when there is no connection', async () => {
      const server = await startServer();
      const { driver, events } = openDriver({ connection: server.url });
      await driver.get('key');
      const lost = once(events, 'disconnected');
      await server.kill();
      await lost;
      const error = await errorOf(driver.get('key'));
      const reason = expect.stringMatching(
        `^${nameOf(server)} (closed the connection|cannot be reached) \\((?!unknown)[^)]+\\)$`,
      );
      expect(error).toMatchObject({ code: 'CACHE_UNAVAILABLE', message: reason });
    });
  });

  describe(`a topology of ${serverName} that differs from the configuration`, () => {
    it('is reported when a cluster is configured as a single server', async () => {
      const cluster = await startCluster();
      const [first] = cluster.masters as [TestServer];
      const { driver } = openDriver({ connection: first.url });
      const keys = Array.from({ length: 20 }, (_, index) => `key-${index}`);
      const errors = await Promise.all(keys.map(key => errorOf(driver.get(key))));
      const moved = errors.find(error => error !== undefined);
      expect(moved).toMatchObject({
        code: 'CACHE_REFUSED',
        message: `${nameOf(first)} is part of a cluster and is configured as a single server (MOVED): name the nodes in backend.cache.${store}.cluster.rootNodes`,
      });
      const crossed = await errorOf(driver.getMany?.(keys) ?? Promise.resolve());
      expect(crossed?.message).toMatch(/is part of a cluster.*\(CROSSSLOT\)/);

      const database = await reasonOf({ connection: `${first.url}/3` });
      expect(database.message).toMatch(/part of a cluster, which has only database 0/);
    });

    it('is reported when a single server is configured as a cluster', async () => {
      const server = await startServer();
      const error = await reasonOf({ [store]: { cluster: { rootNodes: [{ url: server.url }] } } });
      expect(error.message).toMatch(
        new RegExp(`${server.port} is not part of a cluster .*: remove backend.cache.${store}.cluster`),
      );
    });

    it('is reported when the cluster has no slots', async () => {
      const server = await startServer({ args: ['--cluster-enabled', 'yes'] });
      const error = await reasonOf({ [store]: { cluster: { rootNodes: [{ url: server.url }] } } });
      expect(error.message).toBe(`${nameOf(server)} is in a cluster that has no slots yet`);
    });

    it('is reported when a node cannot be reached at its announced address', async () => {
      const slots = '*1\r\n*3\r\n:0\r\n:16383\r\n*3\r\n$10\r\n127.0.0.99\r\n:7001\r\n$2\r\nid\r\n';
      const { server, toUrl } = await startFake();
      server.answer = ([command]) => (command === 'CLUSTER' ? slots : undefined);
      const error = await reasonOf({ [store]: { cluster: { rootNodes: [{ url: toUrl() }] } } });
      expect(error.message).toMatch(`${serverName} at 127.0.0.99:7001 cannot be reached (ECONNREFUSED)`);
    });

    it('is reported for an unknown master, a wrong sentinel password, and servers mixed up with sentinels', async () => {
      const set = await startSentinel();
      const rootNodes = set.sentinels.slice(0, 1).map(({ host, port }) => ({ host, port }));
      const [sentinel] = set.sentinels as [TestServer];
      const error = await reasonOf({ [store]: { sentinel: { name: 'other', rootNodes } } });
      expect(error.message).toContain(
        `${serverName} sentinel at ${sentinel.host}:${sentinel.port} knows no master 'other'`,
      );

      const [server] = set.servers as [TestServer];
      const noSentinel = { name: set.name, rootNodes: [{ host: server.host, port: server.port }] };
      const wrong = await reasonOf({ [store]: { sentinel: noSentinel } });
      expect(wrong.message).toMatch(new RegExp(`${server.port} does not know SENTINEL .*are for sentinels`));

      const { driver } = openDriver({ connection: `${store}://${sentinel.host}:${sentinel.port}` });
      expect((await errorOf(driver.get('key')))?.message).toMatch(/does not know GET .*may be a sentinel/);

      const sentinelDefaults = { password: SECRET };
      const refused = await reasonOf({ [store]: { sentinel: { name: set.name, rootNodes, sentinelDefaults } } });
      expect(refused).toMatchObject({ code: 'CACHE_AUTH', message: expect.stringContaining(String(sentinel.port)) });
    });
  });
}
