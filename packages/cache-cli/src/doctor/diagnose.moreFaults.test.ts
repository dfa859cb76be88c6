import { once } from 'node:events';
import { createSecureContext } from 'node:tls';
import { connect, createServer } from 'node:net';
import type { AddressInfo, Socket } from 'node:net';
import type { CacheDriverDefinition } from '@greenroom/cache-core';
import { createCertificate, sendCommands, startRedisCluster, startRedisSentinel, until } from '@greenroom/test-servers';
import type { RespServerOptions, TestServer } from '@greenroom/test-servers';
import { askDoctor, seriousOf } from '../testSupport/askDoctor';
import { createLab, idsIn } from '../testSupport/createLab';
import type { Seeds } from '../testSupport/createLab';
import { loseSlot } from '../testSupport/loseSlot';

const PASSWORD = 'seeded-pa55word';

const lab = createLab();
afterAll(() => lab.stop());

const redis = (connection: unknown, more: object = {}) => askDoctor({ store: 'redis', connection, ...more });
const inNamespace = { redis: { client: { namespace: 'my-app' } } };
const memcached = (connection: unknown, client: object = {}) =>
  askDoctor({ store: 'memcache', connection, memcache: { client } });
const withUser = (...rules: string[]): RespServerOptions => ({
  args: ['--user', 'cache', 'on', `>${PASSWORD}`, ...rules],
});
const asUser = ({ host, port }: Pick<TestServer, 'host' | 'port'>, database = '') =>
  `redis://cache:${PASSWORD}@${host}:${port}${database}`;
const plainPort = async () => (await lab.startRedis()).port;

/** Starts a server that handles connections as a test wants. */
async function startServer(accept: (socket: Socket) => void): Promise<number> {
  const sockets = new Set<Socket>();
  const server = createServer(socket => {
    sockets.add(socket);
    socket.on('error', () => {});
    accept(socket);
  });
  await new Promise<void>(resolve => server.listen(0, '127.0.0.1', resolve));
  lab.keep({
    async stop() {
      for (const socket of sockets) socket.destroy();
      await new Promise(resolve => server.close(resolve));
    },
  });
  return (server.address() as AddressInfo).port;
}

/** Starts a proxy in front of Redis that replaces the answers to some commands. */
async function startAnswering(answers: Readonly<Record<string, string>>): Promise<string> {
  const { port } = await lab.startProxy(await lab.startRedis(), { answer: ([name = '']) => answers[name] });
  return `redis://127.0.0.1:${port}`;
}

const stopAtOnce: CacheDriverDefinition = {
  ...{ contractVersion: 1, store: 'acme', parseOptions: config => config.getOptional('connection') },
  create: () => {
    const fail = () => Promise.reject(new Error(PASSWORD));
    return { get: fail, set: fail, delete: fail, close: async () => {} };
  },
};

const seeds: Seeds = {
  'a port on which nothing listens: connect.unreachable': async () => redis('redis://127.0.0.1:1'),
  'an unknown host name: connect.unreachable': async () => redis('redis://nowhere.invalid:6379'),
  'a frozen server: connect.silent': async () => {
    const server = await lab.startRedis();
    await server.freeze();
    return redis(server.url);
  },
  'a frozen memcached server: connect.silent': async () => {
    const server = await lab.startMemcached();
    await server.freeze();
    return memcached(server.url);
  },
  'a server that never answers the TLS handshake: connect.silent': async () =>
    redis({ url: `rediss://127.0.0.1:${await startServer(() => {})}` }),
  'a server that closes each connection: connect.closed': async () =>
    redis(`redis://127.0.0.1:${await startServer(socket => socket.end())}`),
  'a web server in place of redis: connect.failed': async () => {
    const port = await startServer(socket => socket.on('data', () => socket.end('HTTP/1.1 400 Bad Request\r\n\r\n')));
    return redis(`redis://127.0.0.1:${port}`);
  },
  'memcached in place of redis: connect.failed': async () => redis(`redis://${(await lab.startMemcached()).url}`),
  'redis in place of memcached: connect.failed': async () => memcached(`127.0.0.1:${await plainPort()}`),
  'a driver that fails: connect.failed': () => askDoctor({ driver: 'acme', connection: PASSWORD }, [stopAtOnce]),
  'a missing password: auth.failed': async () => {
    const { host, port } = await lab.startRedis({ credentials: { password: PASSWORD } });
    return redis(`redis://${host}:${port}`);
  },
  'a password for a server that requires none: auth.failed': async () =>
    redis(`redis://:${PASSWORD}@127.0.0.1:${await plainPort()}`),
  'a wrong password for memcached: auth.failed': async () => {
    const { host, port } = await lab.startMemcached({ credentials: { username: 'cache', password: 'right' } });
    return memcached(`cache:${PASSWORD}@${host}:${port}`);
  },
  'a missing client certificate: auth.failed': async () => {
    const { ca, certificate: cert, key } = await createCertificate();
    const tls = { ca, cert, key, requestCert: true, rejectUnauthorized: true };
    const { port } = await lab.startProxy(await lab.startRedis(), { tls });
    return redis({ url: `rediss://127.0.0.1:${port}`, tls: { ca } });
  },
  'protected mode: auth.protected-mode': async () =>
    redis(await startAnswering({ PING: '-DENIED Redis is running\r\n' })),
  'a user with a pattern for other keys: acl.missing': async () =>
    redis(asUser(await lab.startRedis(withUser('~other:*', '+@all'))), inNamespace),
  'a user with a read-only key pattern: acl.missing': async () =>
    redis(asUser(await lab.startRedis(withUser('%R~my-app:*', '+@all'))), inNamespace),
  'a missing right for SELECT: acl.missing': async () =>
    redis(asUser(await lab.startRedis(withUser('~*', '+@all', '-select')), '/1')),
  'a missing right for CLUSTER SLOTS: acl.missing': async () => {
    const { host, port } = await lab.startRedis(withUser('~*', '+@all', '-cluster'));
    const defaults = { username: 'cache', password: PASSWORD };
    return redis('', { redis: { cluster: { rootNodes: [{ host, port }], defaults } } });
  },
  'a certificate for another host name: tls.name': async () => {
    const certificate = await createCertificate('DNS:cache.example');
    const { port } = await lab.startProxy(await lab.startRedis(), {
      tls: { key: certificate.key, cert: certificate.certificate },
    });
    return redis({ url: `rediss://localhost:${port}`, tls: { ca: certificate.ca } });
  },
  'a certificate for a host name when the host is an IP address: tls.sni': async () => {
    const { key, certificate: cert, ca } = await createCertificate('DNS:cache.example');
    const { port } = await lab.startProxy(await lab.startRedis(), { tls: { key, cert } });
    return redis({ url: `rediss://127.0.0.1:${port}`, tls: { ca } });
  },
  'a servername that the certificate does not contain: tls.sni': async () => {
    const { url, ca } = await lab.startRedis({ tls: true });
    return redis({ url, tls: { ca, servername: 'other.example' } });
  },
  'a wrong servername for a proxy with a certificate for each name: tls.sni': async () => {
    const [one, other] = await Promise.all([
      createCertificate('DNS:localhost'),
      createCertificate('DNS:other.example'),
    ]);
    const context = createSecureContext({ key: one.key, cert: one.certificate });
    const { port } = await lab.startProxy(await lab.startRedis(), {
      tls: {
        ...{ key: other.key, cert: other.certificate },
        SNICallback: (name, done) => done(null, name === 'localhost' ? context : undefined),
      },
    });
    return redis({ url: `rediss://localhost:${port}`, tls: { ca: one.ca + other.ca, servername: 'wrong.example' } });
  },
  'an unknown certificate authority: tls.authority': async () => redis((await lab.startRedis({ tls: true })).url),
  'an expired certificate: tls.expiring': async () => {
    const certificate = await createCertificate(undefined, 0);
    const { key, certificate: cert, ca } = certificate;
    const { port } = await lab.startProxy(await lab.startRedis(), { tls: { key, cert } });
    return redis({ url: `rediss://localhost:${port}`, tls: { ca } });
  },
  'TLS for a redis server without TLS: tls.not-spoken': async () =>
    redis(`rediss://:${PASSWORD}@127.0.0.1:${await plainPort()}`),
  'TLS for a memcached server without TLS: tls.not-spoken': async () =>
    memcached(`memcaches://${(await lab.startMemcached()).url}`),
  'a connection without TLS to a server that requires it: tls.required': async () => {
    const { host, port } = await lab.startRedis({ tls: true });
    return redis(`redis://:${PASSWORD}@${host}:${port}`);
  },
  'a password in plain text: tls.off': async () => {
    const { port } = await lab.startRedis({ credentials: { password: PASSWORD } });
    // The doctor does not regard 0.0.0.0 as an address of this machine.
    return redis(`redis://:${PASSWORD}@0.0.0.0:${port}`);
  },
  'a certificate that is not checked: tls.password': async () => {
    const { url } = await lab.startRedis({ tls: true, credentials: { password: PASSWORD } });
    return redis({ url, tls: { rejectUnauthorized: false } });
  },
  'a replica in place of its master: server.replica': async () =>
    redis((await lab.startRedis({ args: ['--replicaof', '127.0.0.1', String(await plainPort())] })).url),
  'a database that does not exist: database.wrong': async () => redis(`${(await lab.startRedis()).url}/99`),
  'a single server that is configured as a cluster: cluster.not-configured': async () =>
    redis('', { redis: { cluster: { rootNodes: [{ host: '127.0.0.1', port: await plainPort() }] } } }),
  'a cluster that is down: cluster.down, cluster.slots': async () => {
    const cluster = lab.keep(await startRedisCluster());
    const isDown = async () => {
      await loseSlot(cluster.nodes, 1);
      const states = await Promise.all(cluster.nodes.map(node => sendCommands(node, [['CLUSTER', 'INFO']])));
      return String(states).match(/state:fail/g)?.length === 3;
    };
    await until('the cluster is down', isDown, 10_000);
    return redis('', { redis: { cluster: { rootNodes: cluster.nodes.map(({ host, port }) => ({ host, port })) } } });
  },
  'a frozen cluster master: connect.silent': async () => {
    const cluster = lab.keep(await startRedisCluster());
    await cluster.masters[1]?.freeze();
    return redis('', { redis: { cluster: { rootNodes: cluster.nodes.map(({ host, port }) => ({ host, port })) } } });
  },
  'a killed cluster master: cluster.node-unreachable, connect.unreachable': async () => {
    const cluster = lab.keep(await startRedisCluster());
    await cluster.masters[1]?.kill();
    return redis('', { redis: { cluster: { rootNodes: cluster.nodes.map(({ host, port }) => ({ host, port })) } } });
  },
  'a master name that the sentinels do not know: sentinel.name': async () => {
    const set = lab.keep(await startRedisSentinel());
    const rootNodes = set.sentinels.map(({ host, port }) => ({ host, port }));
    return redis('', { redis: { sentinel: { name: 'other', rootNodes } } });
  },
  'a server whose memory is full: memory.full': async () => {
    const server = await lab.startRedis({ args: ['--maxmemory', '1', '--maxmemory-policy', 'volatile-lru'] });
    return redis(server.url);
  },
  'a memcached server that evicts nothing: memory.noeviction': async () =>
    memcached((await lab.startMemcached({ args: ['-M'] })).url),
  'a server that has nearly reached maxclients: clients.nearly-full': async () => {
    const server = await lab.startRedis({ args: ['--maxclients', '12'] });
    const others = Array.from({ length: 9 }, () => connect(server.port, server.host).on('error', () => {}));
    await Promise.all(others.map(other => once(other, 'connect')));
    return redis(server.url);
  },
  'a connection that delays each round trip by 30 ms: latency.high': async () => {
    const server = await lab.startRedis();
    const port = await startServer(client => delayed(client, server));
    return redis(`redis://127.0.0.1:${port}`);
  },
  'entries without a ttl on a server that does not evict them: ttl.missing': async () => {
    const server = await lab.startRedis();
    const commands = Array.from({ length: 50 }, (_, index) => ['SET', `catalog:${index}`, '1']);
    await sendCommands(server, commands);
    return redis(server.url);
  },
  'a memcached item size limit of 512 KiB: memcached.item-size': async () =>
    memcached((await lab.startMemcached({ args: ['-I', '512k'] })).url),
  'a memcached idle timeout of 2 s: idle.short': async () =>
    memcached((await lab.startMemcached({ args: ['-o', 'idle_timeout=2'] })).url),
  'an old memcached version: server.old': async () => {
    const port = await startServer(socket => {
      socket.on('data', (data: Buffer) => {
        const line = data.toString();
        if (line.startsWith('version')) socket.write('VERSION 1.4.15\r\n');
        else if (line.startsWith('get')) socket.write('END\r\n');
        else if (line.startsWith('delete')) socket.write('DELETED\r\n');
        else socket.write(/^(?:set|add)/.test(line) ? 'STORED\r\n' : 'ERROR\r\n');
      });
    });
    return memcached(`127.0.0.1:${port}`);
  },
  'entries of the built-in cache in memcached: leftovers': async () => {
    const server = await lab.startMemcached();
    await setInMemcached(server, 'catalog:catalog:c29tZS1rZXk=', '{"value":"x"}');
    return memcached(server.url);
  },
  'entries of another application in memcached: namespace.shared': async () => {
    const server = await lab.startMemcached();
    await setInMemcached(server, 'session', 'a:1:{s:4:"user"}');
    return memcached(server.url);
  },
  'a disabled SCAN command: command.missing': async () =>
    redis((await lab.startRedis({ args: ['--rename-command', 'SCAN', ''] })).url),
  'a proxy that closes the connection on a command that the cache needs: command.missing': async () => {
    const { port } = await lab.startProxy(await lab.startRedis(), {
      answer: ([name = '']) => (['PING', 'GET', 'MGET', 'SET', 'DEL'].includes(name) ? undefined : 'end'),
    });
    return redis(`redis://127.0.0.1:${port}`);
  },
  'too few replicas for min-replicas-to-write: server.replica': async () =>
    redis((await lab.startRedis({ args: ['--min-replicas-to-write', '1'] })).url),
  'a Unix socket that does not exist: connect.unreachable': () => redis('unix:/tmp/there-is-no-such.sock'),
  'a client certificate that expires in 5 days: tls.expiring': async () => {
    const [{ certificate: cert, key }, { url, ca }] = await Promise.all([
      createCertificate(undefined, 5),
      lab.startRedis({ tls: true }),
    ]);
    return redis({ url, tls: { ca, cert, key } });
  },
  'a sentinel that is configured as a server: command.missing': async () => {
    const set = lab.keep(await startRedisSentinel());
    return redis(set.sentinels[0]?.url);
  },
  'a missing connection: config.invalid': () => redis(undefined),
  'a near cache whose staleness bound exceeds the default ttl: near.staleness': async () =>
    redis(`redis://127.0.0.1:${await plainPort()}`, { defaultTtl: '5s', near: { maxStaleness: '10s' } }),
  'a near cache of one plugin whose staleness bound exceeds its ttl: near.staleness': async () =>
    redis(`redis://127.0.0.1:${await plainPort()}`, {
      ...{ defaultTtl: '1h', near: true },
      plugin: { catalog: { maxTtl: '1s' }, search: { near: { maxStaleness: '1 minute' } } },
    }),
  'an unknown configuration key: config.invalid': async () =>
    redis(`redis://127.0.0.1:${await plainPort()}`, { redis: { client: { namespac: 'my-app' } } }),
};

/** Delays the data in each direction by 15 ms, so a round trip takes 30 ms longer. */
function delayed(client: Socket, { host, port }: TestServer): void {
  const server = connect(port, host);
  const pairs = [
    [client, server],
    [server, client],
  ] as const;
  for (const [from, to] of pairs) {
    from.on('data', (data: Buffer) => setTimeout(() => to.write(data), 15));
    from.on('close', () => to.destroy()).on('error', () => to.destroy());
  }
}

/** Sets a key, and waits until the crawler lists it. */
async function setInMemcached({ host, port }: TestServer, key: string, value: string): Promise<void> {
  const socket = connect(port, host);
  const ask = async (line: string) => {
    socket.write(`${line}\r\n`);
    return String((await once(socket, 'data'))[0]);
  };
  await ask(`set ${key} 0 0 ${value.length}\r\n${value}`);
  await until('it is listed', async () => (await ask('lru_crawler metadump all')).includes('key='), 5000);
  socket.destroy();
}

beforeAll(() => lab.askAll(seeds));

it('the doctor reports connect.silent as an error for a frozen cluster master while other nodes answer', async () => {
  const { findings } = await lab.report('a frozen cluster master: connect.silent');
  expect(findings.filter(({ id }) => id === 'connect.silent')).toMatchObject([
    { severity: 'error', detail: expect.stringContaining('no answer came within a second to the first commands') },
  ]);
});

it.each([
  ['redis', redis, () => lab.startRedis(), 'redis://'],
  ['memcache', memcached, () => lab.startMemcached(), ''],
] as const)('the doctor reports only connect.unreachable when a %s server goes away meanwhile', async (...row) => {
  const [, ask, startServer, scheme] = row;
  const proxy = await lab.startProxy(await startServer(), { goesAwayAt: /^set |\nSET\r/m });
  const report = await ask(`${scheme}127.0.0.1:${proxy.port}`);
  expect(seriousOf(report).map(({ id }) => id)).toEqual(['connect.unreachable']);
});

it('the doctor reports each option that has no effect', async () => {
  const connection = { url: 'redis://127.0.0.1:1', pingInterval: 1, family: 4 };
  const { findings } = await redis(connection);
  expect(findings.filter(({ id }) => id === 'config.invalid').map(({ detail }) => detail)).toEqual([
    "'backend.cache.connection.pingInterval' has no effect and can be removed.",
    "'backend.cache.connection.family' has no effect and can be removed.",
  ]);
});

it('near.staleness names the path of the near cache and how long a value may be served', async () => {
  const { findings } = await lab.report(
    'a near cache of one plugin whose staleness bound exceeds its ttl: near.staleness',
  );
  expect(
    findings.filter(({ id }) => id === 'near.staleness').map(({ severity, detail }) => [severity, detail]),
  ).toEqual([
    [
      'warning',
      'Reads may be 2 s old by backend.cache.plugin.catalog.near, and entries without a ttl of their own live 1 s: what another ' +
        'process has set may be served for 3 s.',
    ],
  ]);
});

it.each(Object.keys(seeds))('the doctor finds %s', async name => {
  const report = await lab.report(name);
  expect([...new Set(seriousOf(report, idsIn(name)).map(({ id }) => id))].sort()).toEqual(idsIn(name));
  expect(report.durationMs).toBeLessThan(3000);
  expect(JSON.stringify(report)).not.toContain(PASSWORD);
});
