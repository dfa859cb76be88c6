import {
  sendCommands,
  sharedServerUrl,
  startMemcached,
  startRedis,
  startRedisSentinel,
  startValkeyCluster,
} from '@greenroom/test-servers';
import type { ServerAddress } from '@greenroom/test-servers';
import { cleanUp } from '@greenroom/test-servers/cleanUp';
import { createApp } from '../testSupport/createApp';
import type { App } from '../testSupport/createApp';
import { runInProcess } from '../testSupport/startProgram';
import { storeInMemcached } from '../testSupport/storeInMemcached';

let app: App;
beforeAll(async () => {
  app = await createApp();
});
afterAll(() => app.remove());

const configOf = (cache: object) => app.write('app-config.yaml', { backend: { cache } });
const run = (...args: readonly string[]) => app.run(args);
async function runJson<Result>(...args: readonly string[]) {
  const { code, stdout, stderr } = await run(...args, '--json');
  return { code, stderr, result: JSON.parse(stdout) as Result };
}
const toAddress = (url: string): ServerAddress => ({ host: new URL(url).hostname, port: Number(new URL(url).port) });

describe.each(['redis', 'valkey'] as const)('%s', store => {
  const namespace = `cli-${Math.random().toString(36).slice(2)}`;
  const key = (rest: string) => `${namespace}:${rest}`;
  let address: ServerAddress;
  let server: string;
  beforeAll(async () => {
    const connection = sharedServerUrl(store);
    address = toAddress(connection);
    server = `${address.host}:${address.port}`;
    await sendCommands(address, [
      ['SET', key('catalog:user:default/bob'), '"1234567890"', 'PX', '600000'],
      ['SET', key('catalog:a%20b'), '"x"', 'PX', '7200000'],
      ['SET', key('catalog-import:other'), '"x"'],
      ['SET', key('nobody'), 'x'],
    ]);
  });
  beforeEach(() => configOf({ store, connection: sharedServerUrl(store), [store]: { client: { namespace } } }));

  it('stats counts entries, bytes and expiries of each plugin, and the keys of no plugin', async () => {
    const { code, stdout, stderr } = await runInProcess(app, ['stats']);
    // If the work takes a second, as on a busy machine, the program shows its progress.
    expect({ code, stderr }).toEqual({ code: 0, stderr: expect.stringMatching(/^(?:\d+ entries counted\n)*$/) });
    expect(stdout).toContain(`${store} at ${server}, namespace ${namespace}\n\nPLUGIN `);
    expect(stdout).toMatch(/^catalog +2 +\d+ B +\d+ B +0 % +0 % +50 % +50 % +0 %$/m);
    expect(stdout).toMatch(/^catalog-import +1 +\d+ B +\d+ B +100 % +0 % +0 % +0 % +0 %$/m);
    expect(stdout).toContain('Keys that belong to no plugin: 1.');
  });

  it('stats --json prints the figures as JSON', async () => {
    const { code, result } = await runJson('stats');
    expect({ code, result }).toEqual({
      code: 0,
      result: {
        ...{ version: 1, store, servers: [server], namespace, durationMs: expect.any(Number), otherEntries: 1 },
        ...{ unreached: [], isApproximate: false },
        plugins: [
          {
            ...{ plugin: 'catalog', entries: 2, sampled: 2, isEstimate: false, bytes: expect.any(Number) },
            expiry: { never: 0, withinMinute: 0, withinHour: 0.5, withinDay: 0.5, later: 0 },
          },
          expect.objectContaining({ plugin: 'catalog-import', entries: 1 }),
        ],
      },
    });
  });

  it('inspect lists the decoded keys of one plugin and never a value', async () => {
    const { code, stdout } = await run('inspect', '--plugin', 'catalog');
    expect(code).toBe(0);
    expect(stdout).toMatch(/^ *\d+ B +(10|9\.\d) min +user:default\/bob$/m);
    expect(stdout).toMatch(/^ *\d+ B +2 h +a b$/m);
    expect(stdout).not.toMatch(/1234567890|other/);
  });

  it('inspect --json gives expiry times, and hasMore when --limit is reached', async () => {
    const { result } = await runJson<{ entries: { expiresAt: string }[] }>('inspect', '--plugin=catalog', '--limit=1');
    expect(result).toMatchObject({ version: 1, plugin: 'catalog', hasMore: true, isApproximate: false });
    expect(result.entries).toHaveLength(1);
    expect(Date.parse(result.entries[0]?.expiresAt ?? '')).toBeGreaterThan(Date.now() + 500_000);
  });

  it('clear removes only the entries of this plugin, and none with --dry-run', async () => {
    const dry = await run('clear', '--plugin', 'catalog', '--dry-run');
    expect(dry).toMatchObject({ code: 0, stdout: expect.stringContaining('2 entries would be removed; nothing was.') });

    const { code, result } = await runJson('clear', '--plugin', 'catalog');
    expect({ code, result }).toMatchObject({ code: 0, result: { entries: 2, isDryRun: false, unreached: [] } });

    const rest = [key('catalog:a%20b'), key('catalog-import:other'), key('nobody')];
    expect(
      await sendCommands(
        address,
        rest.map(each => ['EXISTS', each]),
      ),
    ).toEqual([0, 1, 1]);
    expect((await run('inspect', '--plugin', 'catalog')).stdout).toContain('No entries.');
  });
});

it('clear says how long backends with a near cache may serve removed entries', async () => {
  const plugin = `plugin-${Math.random().toString(36).slice(2)}`;
  const near = { near: true, plugin: { [plugin]: { near: { maxStaleness: '500ms' } } } };
  await configOf({ store: 'redis', connection: sharedServerUrl('redis'), ...near });
  const { stdout } = await run('clear', '--plugin', plugin);
  expect(stdout).toContain(
    '0 entries removed. Backends with a near cache may go on serving what they have read for up to 500 ms.',
  );
  expect((await runJson('clear', '--plugin=nobody')).result).toMatchObject({ entries: 0, maxStalenessMs: 2000 });
  expect((await run('clear', '--plugin', plugin, '--dry-run')).stdout).not.toContain('near cache');
});

describe('a server that requires TLS and a user with few rights', () => {
  const password = 'hunter2-p@ss/word';
  const rights = '+get +mget +set +del +unlink +scan +ping';

  it('works for every command, and no output contains the password, right or wrong', async () => {
    const server = await startRedis({ tls: true, credentials: { username: 'admin', password: 'x' } });
    cleanUp(() => server.stop());
    await sendCommands(server, [
      ['ACL', 'SETUSER', 'cache', 'on', `>${password}`, '~my-app:*', '-@all', ...rights.split(' ')],
      ['SET', 'my-app:catalog:a', '"x"'],
    ]);
    const write = (given: string) =>
      configOf({
        store: 'redis',
        connection: {
          url: `rediss://cache:${encodeURIComponent(given)}@${server.host}:${server.port}`,
          socket: { ca: server.ca },
        },
        redis: { client: { namespace: 'my-app' } },
      });
    await write(password);
    const questions = [['stats'], ['inspect', '--plugin=catalog'], ['doctor']];
    const commands = [...questions, ['clear', '--plugin=catalog']];
    const runs = await Promise.all(questions.flatMap(args => [run(...args), run(...args, '--json')]));
    runs.push(await runInProcess(app, ['clear', '--plugin=catalog']));
    expect(runs.map(({ code }) => code)).toEqual(runs.map(() => 0));
    expect(runs[0]?.stdout).toMatch(/^catalog +1 /m);
    expect(runs.at(-1)?.stdout).toContain('1 entry removed.');

    await write('hunter2-wrong');
    const refused = await Promise.all(commands.map(args => run(...args)));
    expect(refused.map(({ code }) => code)).toEqual([1, 1, 1, 1]);
    expect(refused[0]?.stderr).toMatch(/^CACHE_AUTH: /);

    expect(JSON.stringify([...runs, ...refused])).not.toMatch(/hunter2/);
  });
});

describe('a cluster with a node that is down', () => {
  it('is cleared as far as it can be reached, and clear exits with 1 and names the node', async () => {
    const cluster = await startValkeyCluster({
      args: ['--cluster-require-full-coverage', 'no', '--cluster-node-timeout', '60000'],
    });
    cleanUp(() => cluster.stop());
    const rootNodes = cluster.nodes.map(({ host, port }) => ({ host, port }));
    const config = (options: object) =>
      configOf({ store: 'valkey', connection: cluster.nodes[0]?.url, valkey: { cluster: { rootNodes, ...options } } });
    await config({ defaults: { username: 'cache', password: 'wrong' } });
    const refused = await run('stats');
    expect(refused).toMatchObject({ code: 1, stderr: expect.stringMatching(/^CACHE_AUTH: .*WRONGPASS/) });

    await config({});
    const keys = Array.from({ length: 60 }, (_, index) => `catalog:key-${index}`);
    for (const node of cluster.nodes) {
      for (const key of keys) await sendCommands(node, [['SET', key, '"x"']]).catch(() => 'another node has its slot');
    }
    expect(await runJson('stats')).toMatchObject({
      code: 0,
      result: { plugins: [{ plugin: 'catalog', entries: 60 }] },
    });

    const gone = cluster.nodes[2];
    await gone?.kill();
    const server = `${gone?.host}:${gone?.port}`;
    const { code, result, stderr } = await runJson<{ entries: number }>('clear', '--plugin', 'catalog');
    expect({ code, result, stderr }).toMatchObject({
      code: 1,
      result: { unreached: [server] },
      stderr: expect.stringContaining(`1 server could not be reached: ${server}. What they hold is still there.`),
    });
    expect(result.entries).toBeGreaterThan(20);
    expect(result.entries).toBeLessThan(60);
  });
});

it('stats reads from the master that the sentinels name', async () => {
  const set = await startRedisSentinel();
  cleanUp(() => set.stop());
  await sendCommands(await set.findMaster(), [['SET', 'catalog:a', '"x"']]);
  const rootNodes = set.sentinels.map(({ host, port }) => ({ host, port }));
  await configOf({ store: 'redis', redis: { sentinel: { name: set.name, rootNodes } } });
  expect(await runJson('stats')).toMatchObject({ code: 0, result: { plugins: [{ plugin: 'catalog', entries: 1 }] } });
});

it('stats and clear work with memcached and say that its listing is approximate', async () => {
  const server = await startMemcached();
  cleanUp(() => server.stop());
  await configOf({ store: 'memcache', connection: server.url });
  await storeInMemcached(server, { 'catalog:a': '"x"', 'catalog:b': '"y"', 'search:a': '"z"' });

  const counted = await runInProcess(app, ['stats']);
  expect(counted).toMatchObject({ code: 0, stdout: expect.stringMatching(/^catalog +2 /m) });
  expect(counted.stdout).toContain('Memcached lists what it holds approximately');

  const cleared = await run('clear', '--plugin', 'catalog');
  expect(cleared).toMatchObject({ code: 0, stdout: expect.stringContaining('2 entries removed.') });
  expect(cleared.stdout).toContain('Memcached does not list all that it holds');
  expect(await runJson('stats')).toMatchObject({
    result: { plugins: [{ plugin: 'search', entries: 1 }], isApproximate: true },
  });
});

it.each(['stats', 'inspect', 'clear'])(
  '%s exits with 1 and reports CACHE_UNAVAILABLE with the address of the server',
  async command => {
    const server = await startRedis();
    await server.stop();
    await configOf({ store: 'redis', connection: server.url });
    const { code, stdout, stderr } = await run(command, ...(command === 'stats' ? [] : ['--plugin=catalog']));
    expect({ code, stdout }).toEqual({ code: 1, stdout: '' });
    expect(stderr).toMatch(new RegExp(`^CACHE_UNAVAILABLE: .*${server.host}:${server.port}.*\\n$`));
  },
);
