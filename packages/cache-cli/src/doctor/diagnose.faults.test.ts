import { createServer } from 'node:net';
import type { AddressInfo } from 'node:net';
import { createSecureContext } from 'node:tls';
import {
  createCertificate,
  sendCommands,
  startRedis,
  startRedisCluster,
  startValkey,
  startValkeyCluster,
} from '@greenroom/test-servers';
import type { RespServerOptions, ServerAddress, TestServer } from '@greenroom/test-servers';
import { askDoctor, seriousOf } from '../testSupport/askDoctor';
import { createLab, idsIn } from '../testSupport/createLab';
import type { Seeds } from '../testSupport/createLab';
import { loseSlot } from '../testSupport/loseSlot';

const PASSWORD = 'seeded-pa55word';

/** Each fault has a server of its own. */
describe.each([
  ['redis', startRedis, startRedisCluster],
  ['valkey', startValkey, startValkeyCluster],
] as const)('the doctor for a %s store', (store, start, startCluster) => {
  const lab = createLab();
  afterAll(() => lab.stop());

  const run = async (options: RespServerOptions = {}) => lab.keep(await start(options));
  const ask = (connection: object | string, client: object = {}) =>
    askDoctor({ store, connection, [store]: { client: { namespace: 'my-app', ...client } } });
  const fill = (server: ServerAddress, commands: readonly (readonly string[])[]) => sendCommands(server, commands);

  const cluster = async () => lab.keep(await startCluster({ args: ['--cluster-require-full-coverage', 'no'] }));
  const askCluster = (nodes: readonly TestServer[]) =>
    askDoctor({ store, [store]: { cluster: { rootNodes: nodes.map(({ host, port }) => ({ host, port })) } } });

  const seeds: Seeds = {
    'a wrong password: auth.failed': async () => {
      const server = await run({ credentials: { username: 'cache', password: 'right' } });
      return ask(`redis://cache:${PASSWORD}@${server.host}:${server.port}`);
    },
    'a missing right: acl.missing': async () => {
      const rights = ['~my-app:*', '+ping', '+get', '+mget', '+set', '+scan'];
      const server = await run({ args: ['--user', 'cache', 'on', `>${PASSWORD}`, ...rights] });
      return ask(`redis://cache:${PASSWORD}@${server.host}:${server.port}`);
    },
    'the eviction policy noeviction: memory.noeviction': async () =>
      ask((await run({ args: ['--maxmemory', '100mb', '--maxmemory-policy', 'noeviction'] })).url),
    'a server whose memory is nearly full: memory.full': async () => {
      const server = await run({ args: ['--maxmemory', '8mb', '--maxmemory-policy', 'volatile-lru'] });
      const value = JSON.stringify('x'.repeat(500_000));
      for (let key = 0; key < 13; key++) await fill(server, [['SET', `my-app:catalog:${key}`, value, 'PX', '3600000']]);
      return ask(server.url);
    },
    'RDB snapshots: persistence.rdb': async () => ask((await run({ args: ['--save', '3600 1 300 100'] })).url),
    'an append-only file: persistence.aof': async () => ask((await run({ args: ['--appendonly', 'yes'] })).url),
    'a certificate that expires in 5 days: tls.expiring': async () => {
      const certificate = await createCertificate(undefined, 5);
      const server = await run({ tls: certificate });
      return ask({ url: server.url, tls: { ca: certificate.ca } });
    },
    'a wrong server name for SNI: tls.sni': async () => {
      const { port, ca } = await startStrictProxy();
      return ask({ url: `rediss://localhost:${port}`, tls: { ca, servername: 'other.example' } });
    },
    'a missing server name for SNI: tls.sni': async () => {
      const { port, ca } = await startStrictProxy();
      return ask({ url: `rediss://127.0.0.1:${port}`, tls: { ca } });
    },
    'a cluster that is configured as a single server: cluster.not-configured': async () => {
      const started = await cluster();
      return ask(started.masters[0]?.url ?? '');
    },
    'a cluster with an unserved slot: cluster.slots': async () => {
      const started = await cluster();
      await loseSlot(started.nodes, 100);
      return askCluster(started.nodes);
    },
    'an idle timeout of 2 s: idle.short': async () => ask((await run({ args: ['--timeout', '2'] })).url),
    'a short idle timeout in a proxy: idle.short': async () => {
      const { port } = await lab.startProxy(await run(), { idleMs: 1200 });
      return ask(`redis://127.0.0.1:${port}`);
    },
    'clock skew: clock.skew': async () => {
      const { port } = await lab.startProxy(await run(), {
        answer: ([name]) => (name === 'TIME' ? `*2\r\n+${Math.round(Date.now() / 1000) - 60}\r\n+0\r\n` : undefined),
      });
      return ask(`redis://127.0.0.1:${port}`);
    },
    'entries of the built-in cache: leftovers': async () => {
      const server = await run();
      await fill(server, [
        ['SET', 'my-app:catalog:c29tZS1rZXk=', '{"value":"x","expires":1893456000000}'],
        ['SET', 'my-app:catalog:some-key', '"new"', 'PX', '60000'],
      ]);
      return ask(server.url);
    },
    'an index set of the built-in cache: leftovers': async () => {
      const server = await run();
      await fill(server, [['SADD', 'namespace:catalog', 'c29tZS1rZXk=']]);
      return ask(server.url);
    },
    'an old server version: server.old': async () => {
      const server = await run();
      const { port } = await lab.startProxy(server, {
        answer: ([name]) => {
          if (name === 'HELLO') return "-ERR unknown command 'HELLO'\r\n";
          return name === 'INFO' ? toBulk('# Server\r\nredis_version:5.0.7\r\nrole:master\r\n') : undefined;
        },
      });
      return ask(`redis://127.0.0.1:${port}`);
    },
    'an announced node that cannot be reached: cluster.node-unreachable': async () => {
      const started = await cluster();
      const [first] = started.nodes;
      if (first) await sendCommands(first, [['CONFIG', 'SET', 'cluster-announce-port', String(await closedPort())]]);
      return askCluster(started.nodes.slice(0, 1));
    },
    'keys of another application in the namespace: namespace.shared': async () => {
      const server = await run();
      await fill(server, [
        ['HSET', 'my-app:sessions:1', 'user', 'x'],
        ['SET', 'my-app:catalog:some-key', '"ours"', 'PX', '60000'],
      ]);
      return ask(server.url);
    },
  };

  /** Starts a TLS proxy in front of a server. It accepts one server name, and refuses every other or missing one. */
  async function startStrictProxy() {
    const { ca, certificate: cert, key } = await createCertificate('DNS:cache.example');
    const known = createSecureContext({ cert, key });
    const started = await lab.startProxy(await run(), {
      tls: {
        SNICallback: (name, done) =>
          name === 'cache.example' ? done(null, known) : done(new Error('unrecognized name')),
      },
    });
    return { port: started.port, ca };
  }

  beforeAll(() => lab.askAll(seeds));

  it.each(Object.keys(seeds))('finds %s', async name => {
    const report = await lab.report(name);
    expect([...new Set(seriousOf(report).map(({ id }) => id))]).toEqual(idsIn(name));
    for (const finding of report.findings) {
      expect(finding.docs).toBe(`docs/operations.md#${finding.id.replaceAll('.', '')}`);
      expect([finding.title, finding.detail, finding.fix].every(text => text.length > 8)).toBe(true);
    }
    expect(report).toMatchObject({ version: 1, store });
    expect(report.durationMs).toBeLessThan(3000);
    expect(JSON.stringify(report)).not.toContain(PASSWORD);
  });
});

function toBulk(text: string): string {
  return `$${Buffer.byteLength(text)}\r\n${text}\r\n`;
}

/** Returns a port on which nothing listens. */
async function closedPort(): Promise<number> {
  const server = createServer();
  await new Promise<void>(resolve => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  await new Promise(resolve => server.close(resolve));
  return port;
}
