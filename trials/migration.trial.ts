import { execFile } from 'node:child_process';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { delimiter, dirname, join } from 'node:path';
import { promisify } from 'node:util';
import {
  findProgram,
  sendCommands,
  startMemcached,
  startRedis,
  startRedisCluster,
  startValkey,
  startValkeyCluster,
} from '@greenroom/test-servers';
import type { TestServer } from '@greenroom/test-servers';
import { npm, ownEnvironment } from './packageManagers';
import { packPackages } from './packPackages';
import { startBackend } from './startBackend';
import type { RunningBackend } from './startBackend';

const guide = join(__dirname, '../docs/migration.md');
/** Two versions of the built-in cache, under different names so that one app can have both. */
const builtIn = {
  '@backstage/backend-defaults': '0.19.0',
  'backend-defaults-18': 'npm:@backstage/backend-defaults@0.18.0',
  '@backstage/backend-plugin-api': '1.12.0',
};

let app: string;
let servers: Readonly<Record<'redis' | 'valkey' | 'memcached', TestServer>>;
let commands: readonly string[];

beforeAll(async () => {
  app = await mkdtemp(join(tmpdir(), 'greenroom-migration-'));
  const [redis, valkey, memcached] = await Promise.all([startRedis(), startValkey(), startMemcached()]);
  servers = { redis, valkey, memcached };
  const page = await readFile(guide, 'utf8');
  const [, line = ''] = /```ts\n *(.*?)\n *```/s.exec(page) ?? [];
  commands = [...page.matchAll(/^```sh\n(.*?)^```/gms)].map(([, command = '']) => command);

  const before = await readFile(join(__dirname, 'notesBackend.mjs'), 'utf8');
  await writeFile(join(app, 'before.mjs'), before);
  await writeFile(join(app, 'before18.mjs'), before.replace('@backstage/backend-defaults', 'backend-defaults-18'));
  await writeFile(join(app, 'after.mjs'), before.replace('await backend.start()', `${line}\n$&`));
  const tarballs = await packPackages(app);
  await npm.install(app, { dependencies: { ...builtIn, ...tarballs }, tarballs });
}, 300_000);
afterAll(async () => {
  await Promise.all(Object.values(servers).map(server => server.stop()));
  await rm(app, { recursive: true, force: true });
});

/** Runs a backend while `use` works with it. */
async function withBackend<T>(script: string, cache: object, use: (backend: RunningBackend) => Promise<T>): Promise<T> {
  const backend = await startBackend(app, script, { cache });
  try {
    return await use(backend);
  } finally {
    await backend.stop();
  }
}

const get = async (backend: RunningBackend, path: string) => JSON.parse(await backend.request(path)) as unknown;
const put = (backend: RunningBackend, path: string) => backend.request(path, 'PUT');

/** The keys of a server with the type of each. */
async function listKeys(server: TestServer): Promise<Record<string, unknown>> {
  const [keys] = await sendCommands(server, [['KEYS', '*']]);
  const types: Record<string, unknown> = {};
  for (const key of keys as string[]) [types[key]] = await sendCommands(server, [['TYPE', key]]);
  return types;
}

/** Runs commands of the guide against a server. Replaces the settings in their first lines. */
async function runCommands(block: string, connection: string, prefix: string): Promise<void> {
  const clients = await Promise.all([
    findProgram('valkey', () => {}, 'valkey-cli'),
    findProgram('redis', () => {}, 'redis-cli'),
  ]);
  const folders = clients.map(({ path }) => dirname(path));
  const script = block
    .replace(/^CONNECTION=.*$/m, `CONNECTION=${connection}`)
    .replace(/^PREFIX=.*$/m, `PREFIX=${prefix}`)
    .replace('redis://localhost:6379', connection);
  const env = { ...ownEnvironment(), ...clients[0].env, PATH: [...folders, process.env.PATH].join(delimiter) };
  await promisify(execFile)('sh', ['-euc', script], { env });
}

const warnings = (backend: RunningBackend) =>
  backend.log().match(/warn.*(?:useRedisSets|noNamespaceAffectsAll).*/g) ?? [];

interface Store {
  readonly store: string;
  readonly cache: () => object;
  /** Whether a backend that moves back finds what it had stored. */
  readonly lasts: boolean;
}

const stores: readonly Store[] = [
  { store: 'memory', cache: () => ({ store: 'memory' }), lasts: false },
  {
    store: 'redis',
    cache: () => ({
      ...{ store: 'redis', connection: { url: servers.redis.url, pingInterval: 5000 }, useRedisSets: true },
      redis: { client: { namespace: 'my-app', noNamespaceAffectsAll: true } },
    }),
    lasts: true,
  },
  {
    store: 'valkey',
    cache: () => ({ store: 'valkey', connection: servers.valkey.url, valkey: { client: { keyPrefix: 'my-app:' } } }),
    lasts: true,
  },
  { store: 'memcache', cache: () => ({ store: 'memcache', connection: servers.memcached.url }), lasts: true },
];

describe.each(stores)('a backend that caches in $store', ({ store, cache, lasts }) => {
  it('moves to Greenroom by adding one line, and back by removing it', async () => {
    await withBackend('before.mjs', cache(), async backend => {
      await put(backend, 'notes/some-key?value=old');
      await put(backend, 'notes/zero?value=old&ttl=0');
      expect(await get(backend, 'notes/some-key')).toBe('old');
      expect(await get(backend, 'notes/zero')).toBe('old');
    });

    await withBackend('after.mjs', cache(), async backend => {
      expect(await get(backend, 'notes/some-key')).toBeNull();
      await put(backend, 'notes/some-key?value=new&ttl=60000');
      await put(backend, 'notes/zero?value=new&ttl=0');
      expect(await get(backend, 'notes/some-key')).toBe('new');
      expect(await get(backend, 'notes/zero')).toBeNull();
      expect(await get(backend, 'letters/some-key')).toBeNull();
      expect(warnings(backend)).toHaveLength(store === 'redis' ? 2 : 0);
      expect(backend.log()).not.toMatch(/\berror\b/);
    });

    await withBackend('before.mjs', cache(), async backend => {
      expect(await get(backend, 'notes/some-key')).toBe(lasts ? 'old' : null);
    });
  }, 120_000);
});

it.each([
  { store: 'redis', startCluster: startRedisCluster, storesUpTo18: true },
  { store: 'valkey', startCluster: startValkeyCluster, storesUpTo18: false },
])(
  'a backend on a $store cluster moves to Greenroom with the same configuration',
  async ({ store, startCluster, storesUpTo18 }) => {
    const cluster = await startCluster();
    // The built-in cache needs the nodes in the form that the client of each store expects.
    const rootNodes = cluster.nodes.map(({ host, port, url }) => (store === 'redis' ? { url } : { host, port }));
    const cache = { store, connection: cluster.nodes[0]?.url, [store]: { cluster: { rootNodes } } };
    try {
      await withBackend('before18.mjs', cache, async backend => {
        expect(JSON.parse(await put(backend, 'notes/some-key?value=old'))).toBe(storesUpTo18 ? 'old' : null);
      });
      for (const script of ['before.mjs', 'after.mjs']) {
        await withBackend(script, cache, async backend => {
          for (const key of ['a', 'b', 'c', 'd']) {
            expect(await get(backend, `notes/${key}`)).toBeNull();
            expect(JSON.parse(await put(backend, `notes/${key}?value=${script}`))).toBe(script);
          }
        });
      }
    } finally {
      await cluster.stop();
    }
  },
  120_000,
);

describe('the migration guide', () => {
  it('describes the entries in Redis, and its command removes the old ones of a plugin', async () => {
    const { redis } = servers;
    await sendCommands(redis, [['FLUSHALL']]);
    const cache = { store: 'redis', connection: redis.url, redis: { client: { namespace: 'my-app' } } };
    await withBackend('before.mjs', cache, backend => put(backend, 'notes/some-key?value=bob'));
    await withBackend('after.mjs', cache, backend => put(backend, 'letters/some-key?value=bob'));
    expect(await listKeys(redis)).toEqual({
      'my-app:letters:some-key': 'string',
      'my-app:notes:c29tZS1rZXk=': 'string',
    });
    expect(
      await sendCommands(redis, [
        ['GET', 'my-app:letters:some-key'],
        ['GET', 'my-app:notes:c29tZS1rZXk='],
      ]),
    ).toEqual(['"bob"', '{"value":"bob"}']);

    await runCommands(commands[2] ?? '', redis.url, 'my-app:notes:');

    expect(await listKeys(redis)).toEqual({ 'my-app:letters:some-key': 'string' });
  }, 120_000);

  it.each([
    { prefix: 'my-app:', client: { keyPrefix: 'my-app:' } },
    { prefix: '', client: {} },
  ])(
    'describes the entries in Valkey with the prefix "$prefix", and its commands remove them',
    async ({ prefix, client }) => {
      const { valkey } = servers;
      await sendCommands(valkey, [['FLUSHALL']]);
      const cache = { store: 'valkey', connection: valkey.url, valkey: { client } };
      await withBackend('before18.mjs', cache, async backend => {
        await put(backend, 'notes/some-key?value=bob');
        await put(backend, 'notes/short?value=bob&ttl=1');
        expect(await get(backend, 'letters/some-key')).toBe('bob');
      });
      await withBackend('before.mjs', cache, async backend => {
        await put(backend, 'notes/some-key?value=bob');
        expect(await get(backend, 'letters/some-key')).toBeNull();
      });
      await withBackend('after.mjs', cache, backend => put(backend, 'notes/some-key?value=bob'));
      const kept = { [`${prefix}notes:some-key`]: 'string', 'of another application': 'string' };
      await sendCommands(valkey, [['SET', 'of another application', 'kept']]);
      expect(await listKeys(valkey)).toEqual({
        ...kept,
        [`${prefix}c29tZS1rZXk=`]: 'string',
        [`${prefix}namespace:${prefix}notes`]: 'set',
        [`${prefix}namespace:${prefix}notes:c29tZS1rZXk=`]: 'string',
      });

      await runCommands(commands[1] ?? '', valkey.url, prefix);
      expect(await listKeys(valkey)).toEqual(kept);

      await runCommands(commands[0] ?? '', valkey.url, prefix);
      expect(await listKeys(valkey)).toEqual({});
    },
    120_000,
  );
});

it.each([
  ['Infinispan', { store: 'infinispan' }, 'Known stores: memcache, memory, redis, valkey'],
  ['a default ttl of 0', { store: 'memory', defaultTtl: 0 }, 'backend.cache.defaultTtl'],
])(
  'a backend with %s fails to start with Greenroom, with a message that names the cause',
  async (_, cache, message) => {
    await expect(startBackend(app, 'after.mjs', { cache })).rejects.toThrow(message);
  },
  60_000,
);
