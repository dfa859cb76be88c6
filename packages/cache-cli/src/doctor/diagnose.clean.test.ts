import { createCacheManager, createConfigSource, extendCache, readCacheConfig } from '@greenroom/cache-core';
import { redisDriver } from '@greenroom/cache-redis';
import { sendCommands, startRedisCluster, startRedisSentinel, startValkeyCluster } from '@greenroom/test-servers';
import type { TestServer } from '@greenroom/test-servers';
import { askDoctor, seriousOf } from '../testSupport/askDoctor';
import { createLab } from '../testSupport/createLab';
import type { Seeds } from '../testSupport/createLab';

const PASSWORD = 'seeded-pa55word';
/** The rights that the READMEs of the stores list. */
const RIGHTS = ['+ping', '+get', '+mget', '+set', '+unlink', '+scan'];
const CLUSTER_RIGHTS = ['+ping', '+get', '+set', '+unlink', '+scan', '+cluster|slots', '+asking'];
const user = (pattern: string, rights: readonly string[]) => [
  '--user',
  'cache',
  'on',
  `>${PASSWORD}`,
  pattern,
  ...rights,
];

const lab = createLab();
afterAll(() => lab.stop());

const recorded: (readonly string[])[] = [];
const at = ({ host, port }: TestServer, namespace = 'my-app') => ({
  store: 'redis',
  connection: `redis://cache:${PASSWORD}@${host}:${port}`,
  redis: { client: { namespace } },
});

const servers: Seeds = {
  redis: async () => askDoctor({ store: 'redis', connection: (await lab.startRedis()).url }),
  valkey: async () => askDoctor({ store: 'valkey', connection: (await lab.startValkey()).url }),
  memcached: async () => askDoctor({ store: 'memcache', connection: (await lab.startMemcached()).url }),
  'memcached with a login': async () => {
    const server = await lab.startMemcached({ credentials: { username: 'cache', password: PASSWORD } });
    return askDoctor({ store: 'memcache', connection: server.url });
  },
  memory: () => askDoctor({}),
  'memory with a near cache': () => askDoctor({ near: true, plugin: { catalog: { near: { maxStaleness: '1s' } } } }),
  'a near cache with a staleness bound of 5 minutes': async () =>
    askDoctor({ store: 'redis', connection: (await lab.startRedis()).url, near: { maxStaleness: '5 minutes' } }),
  'TLS with a private certificate authority': async () => {
    const { url, ca } = await lab.startRedis({ tls: true, credentials: { username: 'cache', password: PASSWORD } });
    return askDoctor({ store: 'redis', connection: { url, tls: { ca } } });
  },
  'a user with only the rights that the cache needs': async () =>
    askDoctor(at(await lab.startRedis({ args: user('~my-app:*', RIGHTS) }))),
  'a valkey user with only the rights that the cache needs': async () =>
    askDoctor({ ...at(await lab.startValkey({ args: user('~my-app:*', RIGHTS) })), store: 'valkey' }),
  'a user with a key pattern for a single plugin': async () =>
    askDoctor(at(await lab.startRedis({ args: [...user('~catalog:*', RIGHTS), '--maxmemory', '0'] }), '')),
  'a server with maxmemory and an eviction policy': async () => {
    const server = await lab.startRedis({ args: ['--maxmemory', '64mb', '--maxmemory-policy', 'allkeys-lru'] });
    return askDoctor({ store: 'redis', connection: server.url, defaultTtl: '1h' });
  },
  'a cluster with replicas, TLS and a user with only the rights that the cache needs': async () => {
    const cluster = lab.keep(
      await startRedisCluster({ tls: true, replicasPerMaster: 1, args: user('~my-app:*', CLUSTER_RIGHTS) }),
    );
    const [{ ca = '' } = {}] = cluster.nodes;
    const rootNodes = cluster.nodes.slice(0, 2).map(({ host, port }) => ({ url: `rediss://${host}:${port}` }));
    const defaults = { username: 'cache', password: PASSWORD, tls: { ca } };
    return askDoctor({ store: 'redis', redis: { client: { namespace: 'my-app' }, cluster: { rootNodes, defaults } } });
  },
  'a valkey cluster': async () => {
    const cluster = lab.keep(await startValkeyCluster());
    const rootNodes = cluster.nodes.map(({ host, port }) => ({ host, port }));
    return askDoctor({ store: 'valkey', valkey: { cluster: { rootNodes } } });
  },
  'sentinels whose master requires a password': async () => {
    const set = lab.keep(await startRedisSentinel({ credentials: { password: PASSWORD } }));
    const rootNodes = set.sentinels.map(({ host, port }) => ({ host, port }));
    return askDoctor({
      store: 'redis',
      redis: { sentinel: { name: set.name, rootNodes, defaults: { password: PASSWORD } } },
    });
  },
  'a proxy that closes the connection on any command that the cache does not need': async () => {
    const { port } = await lab.startProxy(await lab.startRedis(), {
      answer: ([name = '']) =>
        ['PING', 'GET', 'MGET', 'SET', 'UNLINK', 'SCAN'].includes(name.toUpperCase()) ? undefined : 'end',
    });
    return askDoctor({ store: 'redis', connection: `redis://127.0.0.1:${port}` });
  },
  'a server behind a proxy that records its commands': async () => {
    const server = await lab.startRedis();
    const { port, commands } = await lab.startProxy(server, { answer: () => undefined });
    const report = await askDoctor({ store: 'redis', connection: `redis://127.0.0.1:${port}` });
    recorded.push(...commands);
    const [left] = await sendCommands(server, [['DBSIZE']]);
    recorded.push(['left', String(left)]);
    return report;
  },
  'a server with entries of all kinds': async () => {
    const server = await lab.startRedis();
    const config = {
      ...{ store: 'redis', connection: server.url, redis: { client: { namespace: 'my-app' } } },
      plugin: { secret: { encrypt: true, maxTtl: '1h' } },
      encryption: { keys: [{ secret: Buffer.alloc(32, 7).toString('base64') }] },
      maxTtl: '1 day',
    };
    await writeEntries(config);
    return askDoctor(config);
  },
};

/** Writes entries of all kinds that Greenroom has: unusual keys, headers, namespaces, leases. */
async function writeEntries(value: object): Promise<void> {
  const config = createConfigSource(value, 'backend.cache');
  const driverOptions = redisDriver.parseOptions(config);
  const manager = createCacheManager({ driver: redisDriver, driverOptions, ...readCacheConfig(config) });
  const plugin = manager.forPlugin('catalog');
  const extended = extendCache(plugin);
  const keys = ['plain', 'with space', 'ümläut', '\ud800', 'x'.repeat(500), 'a:b/c@d,e=f+g', 'c29tZS1rZXk='];
  await Promise.all(keys.map(key => plugin.set(key, { text: key }, { ttl: 60_000 })));
  await extended.getOrSet('loaded', async () => 1, { ttl: '1 minute', staleTtl: '1 minute' });
  await extended.namespace('of one').set('key', null, { ttl: 60_000 });
  await manager.forPlugin('secret').set('token', 'x', { ttl: 60_000 });
  await manager.close();
}

beforeAll(() => lab.askAll(servers));

it.each(Object.keys(servers))('the doctor finds nothing above info within 3 s for %s', async name => {
  const report = await lab.report(name);
  expect(seriousOf(report)).toEqual([]);
  expect(report.durationMs).toBeLessThan(3000);
  expect(JSON.stringify(report)).not.toContain(PASSWORD);
});

it('the doctor reports each check that no cluster master permits once, naming all three masters', async () => {
  const { findings } = await lab.report(
    'a cluster with replicas, TLS and a user with only the rights that the cache needs',
  );
  expect(findings.length).toBeGreaterThan(0);
  expect(new Set(findings.map(({ title }) => title)).size).toBe(findings.length);
  for (const { server, detail } of findings)
    expect([server, detail]).toEqual([undefined, expect.stringMatching(/^At [^ ]+, [^ ]+, [^ ]+: /)]);
});

it.each([
  ['memory with a near cache', 'near.no-effect', 'The store memory is in the process of the backend'],
  [
    'a near cache with a staleness bound of 5 minutes',
    'near.staleness',
    'Reads may be 300 s old by backend.cache.near',
  ],
])('the doctor reports a single near cache finding, with severity info, for %s', async (name, wanted, detail) => {
  const { findings } = await lab.report(name);
  expect(findings.filter(({ id }) => id.startsWith('near.'))).toMatchObject([
    { id: wanted, severity: 'info', detail: expect.stringContaining(detail) },
  ]);
});

it('the doctor reports skipped checks and the rights they need when the user has only the cache rights', async () => {
  const { findings } = await lab.report('a user with only the rights that the cache needs');
  expect(new Set(findings.map(({ id }) => id))).toEqual(new Set(['not-checked']));
  const rights = findings.map(({ fix }) => /the right (\S+);/.exec(fix)?.[1]);
  expect(new Set(rights)).toEqual(new Set(['+info', '+config|get', '+time']));
});

it('the doctor writes only one key of its own and removes it', () => {
  const names = new Set(recorded.map(([name = '']) => name));
  expect([...names].sort()).toEqual(
    ['CLIENT', 'CONFIG', 'GET', 'HELLO', 'INFO', 'MGET', 'PING', 'SCAN', 'SET', 'TIME', 'UNLINK', 'left'].sort(),
  );
  const written = recorded.filter(([name = '']) => ['SET', 'UNLINK'].includes(name));
  const [key = ''] = written.map(([, first = '']) => first);
  expect(key).toMatch(/^cache:doctor-[0-9a-f]{16}$/);
  for (const [name, ...words] of written)
    expect(words).toEqual(name === 'SET' ? [key, '"doctor"', 'PX', '5000', ...words.slice(4)] : [key]);
  const verbs = recorded.filter(([name = '']) => ['CLIENT', 'CONFIG'].includes(name)).map(([, verb]) => verb);
  expect(new Set(verbs)).toEqual(new Set(['GET', 'INFO']));
  expect(recorded.at(-1)).toEqual(['left', '0']);
});
