import { startRedis } from '@greenroom/test-servers';
import type { TestServer } from '@greenroom/test-servers';
import { createApp } from '../testSupport/createApp';
import type { App } from '../testSupport/createApp';
import type { RunOptions } from '../testSupport/programRun';

let server: TestServer;
let app: App;
beforeAll(async () => {
  server = await startRedis();
  app = await createApp(['redis']);
  const cache = { store: 'redis', connection: server.url };
  await app.write('app-config.yaml', { backend: { cache } });
  await app.write('production.yaml', { backend: { cache: { redis: { client: { namespace: 'production' } } } } });
  await app.write('packages/backend/package.json', { name: 'backend' });
});
afterAll(() => Promise.all([server.stop(), app.remove()]));

/** The namespace that a run has used. */
async function namespaceOf(args: readonly string[], options?: RunOptions) {
  const { code, stdout, stderr } = await app.run(['stats', '--json', ...args], options);
  expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
  return (JSON.parse(stdout) as { namespace?: string }).namespace;
}

it('is app-config.yaml in the root of the app, also from the folder of the backend', async () => {
  expect(await namespaceOf([])).toBeUndefined();
  expect(await namespaceOf([], { folder: 'packages/backend' })).toBeUndefined();
});

it('is that of all files which are named, later ones before earlier ones', async () => {
  expect(await namespaceOf(['--config', 'app-config.yaml', '--config', 'production.yaml'])).toBe('production');
});

it('has the variables of the environment that Backstage reads', async () => {
  expect(await namespaceOf([], { env: { APP_CONFIG_backend_cache_redis_client_namespace: '"mine"' } })).toBe('mine');
  await app.write('substituted.yaml', {
    backend: { cache: { store: 'redis', connection: '${CACHE_URL}', redis: { client: { namespace: 'put-in' } } } },
  });
  expect(await namespaceOf(['--config', 'substituted.yaml'], { env: { CACHE_URL: server.url } })).toBe('put-in');
});

describe('that cannot be used ends the program with 2, the reason and the fix', () => {
  const cacheOf = (cache: object) => JSON.stringify({ backend: { cache } });
  it.each<[string, string, string]>([
    ['no YAML', 'backend:\n  cache:\n    connection: "redis://:hunter2@host\n  x: [', 'is no valid YAML at line'],
    ['an alias', 'backend:\n  cache:\n    password: *hunter2', 'The configuration wrong.yaml cannot be read'],
    ['an include of no file', 'backend: { $include: other.yaml }', 'failed to include'],
    [
      'an unknown store',
      cacheOf({ store: 'infinispan' }),
      "The cache store 'infinispan' in 'backend.cache' is none of Greenroom",
    ],
    [
      'an address for a store',
      cacheOf({ store: 'redis://:hunter2@host' }),
      "The cache store in 'backend.cache' is none",
    ],
    ['no connection', cacheOf({ store: 'redis' }), "CACHE_CONFIG: Missing configuration at 'backend.cache.connection'"],
    ['a wrong option', cacheOf({ store: 'redis', connection: ['hunter2'] }), "'backend.cache.connection'"],
    [
      'the memory store',
      cacheOf({ store: 'memory' }),
      'ask each replica by --url, such as --url http://localhost:7007',
    ],
    ['nothing', '', 'ask each replica by --url'],
    [
      'a missing package',
      cacheOf({ store: 'valkey', connection: 'a:1' }),
      'yarn --cwd packages/backend add @greenroom/cache-valkey',
    ],
  ])('%s', async (_what, content, message) => {
    await app.write('wrong.yaml', content);
    const { code, stdout, stderr } = await app.run(['stats', '--config', 'wrong.yaml']);
    expect({ code, stdout, stderr }).toEqual({ code: 2, stdout: '', stderr: expect.stringContaining(message) });
    expect(stderr).not.toContain('hunter2');
  });

  it('a file that does not exist', async () => {
    const { code, stderr } = await app.run(['stats', '--config', 'none.yaml']);
    expect({ code, stderr }).toEqual({
      code: 2,
      stderr: expect.stringContaining('give --config the path of one that does'),
    });
  });

  it('a folder without any', async () => {
    const other = await createApp([]);
    const { code, stderr } = await other.run(['stats']);
    await other.remove();
    expect({ code, stderr }).toEqual({
      code: 2,
      stderr: expect.stringMatching(/There is no .*app-config\.yaml: run this in/),
    });
  });
});

describe('a driver of somebody else', () => {
  const cache = { store: 'memory', driver: 'acme', acme: { url: 'acme://here' } };
  beforeAll(async () => {
    await app.write('acme.yaml', { backend: { cache } });
    await app.write('node_modules/acme-cache-driver/package.json', { name: 'acme-cache-driver', main: 'index.cjs' });
    await app.write(
      'node_modules/acme-cache-driver/index.cjs',
      `exports.acmeDriver = {
        contractVersion: 1,
        store: 'acme',
        parseOptions: config => ({ url: config.getOptionalString('acme.url') }),
        create: () => ({
          get: async () => undefined, set: async () => {}, delete: async () => {}, close: async () => {},
          async *entries() { yield { entries: [{ key: 'catalog:a', bytes: 5, expiresInMs: null }] }; },
        }),
      };`,
    );
  });

  it('is named by its package', async () => {
    const { code, stdout } = await app.run(['stats', '--config=acme.yaml', '--driver-package=acme-cache-driver']);
    expect(code).toBe(0);
    expect(stdout).toContain('catalog        1');
  });

  it('may come from a module of the app, as one does with credentials from code', async () => {
    await app.write(
      'cacheDriver.cjs',
      `const { createRedisDriver } = require('@greenroom/cache-redis');
      exports.driver = createRedisDriver({ credentials: async () => ({ username: 'nobody', password: 'any' }) });`,
    );
    const run = await app.run(['stats', '--driver-package', './cacheDriver.cjs']);
    // The driver was used: the server does not know its user.
    expect(run).toMatchObject({ code: 1, stderr: expect.stringContaining('CACHE_AUTH') });
  });

  it.each([
    ['without its package', [], "The cache store 'acme' in 'backend.cache' is none of Greenroom"],
    [
      'with a package that is not there',
      ['--driver-package', 'acne'],
      'needs the package acne, which is not installed here',
    ],
    [
      'with a package of another store',
      ['--driver-package', '@greenroom/cache-redis'],
      "exports the driver 'redis', and not",
    ],
  ])('%s is refused', async (_how, args, message) => {
    const { code, stderr } = await app.run(['stats', '--config', 'acme.yaml', ...args]);
    expect({ code, stderr }).toEqual({ code: 2, stderr: expect.stringContaining(message) });
  });
});
