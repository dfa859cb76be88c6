import { createApp } from '../testSupport/createApp';
import type { App } from '../testSupport/createApp';
import { runInProcess } from '../testSupport/startProgram';
import { startReplica } from '../testSupport/startReplica';
import type { TestReplica } from '../testSupport/startReplica';

const token = 'token-of-hunter2';
const env = { GREENROOM_CACHE_TOKEN: token };

const figures = { hits: 90, misses: 10, errors: 1, bypasses: 2, sets: 12, deletes: 0, setsWithoutTtl: 3 };
const status = { status: 'ok', state: 'available', since: '2026-01-01T00:00:00.000Z', servers: [], changes: [] };

const replicaOf = (instance: string, entries: number) =>
  startReplica({
    'GET status': { body: { ...status, store: 'memory', instance } },
    'GET plugins': {
      body: { instance, plugins: [{ plugin: 'catalog', ...figures, entries, bytes: 2048, evictions: 7, expiries: 8 }] },
    },
    'GET entries?plugin=catalog&limit=1000': {
      body: { instance, plugin: 'catalog', entries: [{ key: 'a' }, { key: 'b' }], cursor: '2', isApproximate: false },
    },
    'GET entries?plugin=catalog&limit=1000&cursor=2': {
      body: { instance, plugin: 'catalog', entries: [{ key: 'c' }], isApproximate: false },
    },
    'GET entries?plugin=catalog&limit=2': {
      body: {
        ...{ instance, plugin: 'catalog', cursor: '2', isApproximate: false },
        entries: [
          { key: 'a b', bytes: 2000, expiresAt: null },
          { key: 'c', bytes: 5, expiresAt: '2020-01-01T00:00:00.000Z' },
        ],
      },
    },
    'POST clear': { body: { instance, plugin: 'catalog', entries, scope: 'process' } },
  });

let app: App;
let first: TestReplica;
let second: TestReplica;
beforeAll(async () => {
  app = await createApp([]);
  first = await replicaOf('one', 10);
  second = await replicaOf('two', 20);
});
afterAll(() => Promise.all([app.remove(), first.stop(), second.stop()]));

const both = () => ['--url', first.url, '--url', `${second.url}/api/cache/`];

describe('the stats command for replicas', () => {
  it('prints the figures of each replica and their sums', async () => {
    const { code, stdout, stderr } = await runInProcess(app, ['stats', ...both()], { env });
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
    expect(stdout).toContain(`${first.url}, instance one\nmemory: available since 2026-01-01T00:00:00.000Z\n`);
    expect(stdout).toMatch(/instance two\n(.*\n)+2 replicas together\n/);
    expect(stdout.match(/^catalog.*$/gm)).toEqual([
      expect.stringMatching(/^catalog +90 +10 +90 % +1 +2 +12 +3 +10 +2.0 KiB +7 +8$/),
      expect.stringMatching(/^catalog +90 +10 +90 % +1 +2 +12 +3 +20 +2.0 KiB +7 +8$/),
      expect.stringMatching(/^catalog +180 +20 +90 % +2 +4 +24 +6 +30 +4.0 KiB +14 +16$/),
    ]);
  });

  it('prints only JSON with --json and sends the token as a bearer token', async () => {
    const { code, stdout } = await app.run(['stats', '--json', ...both()], { env });
    expect(code).toBe(0);
    expect(JSON.parse(stdout)).toMatchObject({
      version: 1,
      replicas: [
        { url: first.url, status: { instance: 'one' }, plugins: [{ plugin: 'catalog', entries: 10 }] },
        { url: second.url, status: { instance: 'two' }, plugins: [{ plugin: 'catalog', entries: 20 }] },
      ],
    });
    expect(first.requests.at(-1)?.authorization).toBe(`Bearer ${token}`);
  });

  it('warns when two addresses lead to the same replica, and prints no sums', async () => {
    const same = await replicaOf('one', 10);
    const { stdout, stderr } = await app.run(['stats', '--url', first.url, '--url', same.url], { env });
    await same.stop();
    expect(stderr).toContain('Some addresses lead to the same replica');
    expect(stdout).not.toContain('together');
  });
});

it('inspect lists the entries of a replica up to --limit and says that there are more', async () => {
  const { code, stdout } = await app.run(['inspect', '--plugin=catalog', '--limit=2', ...both()], { env });
  expect(code).toBe(0);
  expect(stdout).toMatch(
    /instance two, plugin catalog\n\n {2}BYTES +EXPIRES IN +KEY\n2.0 KiB +never +a b\n {4}5 B +0 ms +c\n/,
  );
  expect(stdout).toContain('There are more');
});

it('clear --dry-run counts the entries of all pages and removes nothing', async () => {
  const { code, stdout } = await app.run(['clear', '--plugin=catalog', '--dry-run', ...both()], { env });
  expect(code).toBe(0);
  expect(stdout).toContain('instance one, plugin catalog: 3 entries would be removed; nothing was.');
  expect(first.requests.filter(({ text }) => text.startsWith('POST'))).toEqual([]);
});

it('clear names an unreachable replica, exits with 1 and still clears another one', async () => {
  const gone = await startReplica({});
  await gone.stop();
  const args = ['clear', '--plugin=catalog', '--url', gone.url, ...both()];
  const { code, stdout, stderr } = await app.run(args, { env });
  expect({ code, stderr }).toEqual({ code: 1, stderr: `${gone.url} cannot be reached (ECONNREFUSED)\n` });
  expect(stdout).toContain('instance two, plugin catalog: 20 entries removed. From this replica alone.');
  expect(second.requests.at(-1)?.text).toBe('POST clear {"plugin":"catalog"}');
});

describe('the output for replicas with a near cache', () => {
  const near = {
    ...{
      plugins: [
        { plugin: 'catalog', maxStalenessMs: 2000 },
        { plugin: 'search', maxStalenessMs: 500 },
      ],
    },
    ...{ maxBytes: 16 * 2 ** 20, bytes: 2 ** 20, entries: 1200, hits: 34_567, fills: 2345 },
    drops: { written: 1, cleared: 2, aged: 3, evicted: 4 },
  };
  const withNear = (instance: string) =>
    startReplica({
      'GET status': { body: { ...status, store: 'redis', instance, near } },
      'GET plugins': {
        body: {
          instance,
          plugins: [
            { plugin: 'catalog', ...figures, nearHits: 60 },
            { plugin: 'other', ...figures },
          ],
        },
      },
      'POST clear': { body: { instance, plugin: 'catalog', entries: 5, scope: 'store', maxStalenessMs: 2000 } },
    });

  it('has near cache figures in stats and the staleness bound in clear', async () => {
    const replicas = await Promise.all(['one', 'two'].map(withNear));
    const urls = replicas.flatMap(({ url }) => ['--url', url]);
    const { stdout } = await app.run(['stats', ...urls], { env });
    const cleared = await app.run(['clear', '--plugin=catalog', ...urls], { env });
    const json = await app.run(['stats', '--json', ...urls], { env });
    await Promise.all(replicas.map(replica => replica.stop()));

    expect(stdout).toContain(
      'Near cache of catalog (2 s), search (500 ms): 1,200 copies, 1.0 MiB of 16.0 MiB\n' +
        '34,567 near hits, 2,345 fills, drops: 1 written, 2 cleared, 3 aged, 4 evicted\n',
    );
    expect(stdout).toMatch(/^PLUGIN +HITS +NEAR HITS +MISSES/m);
    expect(stdout).toMatch(/^catalog +90 +60 +10 +90 %/m);
    expect(stdout).toMatch(/^other +90 +- +10 +90 %/m);
    expect(stdout).toMatch(/2 replicas together\n\n.*\ncatalog +180 +120 +20 +90 %/);
    expect(cleared.stdout).toContain(
      '5 entries removed. From the store that all replicas share. ' +
        'Backends with a near cache may go on serving what they have read for up to 2 s.',
    );
    expect(JSON.parse(json.stdout)).toMatchObject({ replicas: [{ status: { near } }, { status: { near } }] });
  });
});

describe('a replica that does not answer as expected', () => {
  it.each<[string, number, unknown, string]>([
    [
      'does not know the token',
      401,
      { error: { message: 'Invalid token' } },
      'answers 401: Invalid token. It does not know the token in GREENROOM_CACHE_TOKEN',
    ],
    [
      'requires a permission that the token lacks',
      403,
      { error: { message: "The permission 'cache.read' is needed" } },
      "answers 403: The permission 'cache.read' is needed. The token needs the permission cache.read",
    ],
    ['does not have the cache plugin', 404, 'Not found', 'answers 404. Add @greenroom/cache-plugin to the backend'],
    [
      'cannot reach its store',
      503,
      { error: { message: 'CACHE_UNAVAILABLE: away' } },
      'answers 503: CACHE_UNAVAILABLE: away',
    ],
    ['answers with a web page', 200, '<html>', 'does not answer with JSON'],
    ['redirects to another address', 302, '', 'leads elsewhere (302)'],
  ])('makes stats exit with 1 and report the cause when it %s', async (_what, code, body, message) => {
    const replica = await startReplica({ 'GET status': { status: code, body }, 'GET plugins': { status: code, body } });
    const run = await app.run(['stats', '--json', '--url', replica.url], { env });
    await replica.stop();
    expect(run).toMatchObject({ code: 1, stderr: expect.stringContaining(`${replica.url} ${message}`) });
    expect(JSON.parse(run.stdout)).toMatchObject({
      replicas: [{ url: replica.url, error: expect.stringContaining(message) }],
    });
  });

  it('cannot make stats print the token by repeating it in an error message', async () => {
    const body = { error: { message: `no such token: ${token}` } };
    const replica = await startReplica({ 'GET status': { status: 401, body }, 'GET plugins': { status: 401, body } });
    const runs = await Promise.all(
      [['stats'], ['stats', '--json']].map(args => app.run([...args, '--url', replica.url], { env })),
    );
    await replica.stop();
    expect(runs.map(({ code }) => code)).toEqual([1, 1]);
    expect(JSON.stringify(runs)).not.toContain('hunter2');
  });
});

it.each([
  ['localhost', '--url needs the address of a backend'],
  ['ftp://localhost', 'by http or https'],
  ['http://user:hunter2@localhost', '--url takes no credentials'],
  ['http://localhost?token=hunter2', 'without a query'],
])('stats exits with 2 for --url %s and prints no credentials', async (url, message) => {
  const { code, stderr } = await app.run(['stats', '--url', url]);
  expect({ code, stderr }).toEqual({ code: 2, stderr: expect.stringContaining(message) });
  expect(stderr).not.toContain('hunter2');
});
