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

it('the program reads app-config.yaml from the root of the app, also when run in the backend folder', async () => {
  expect(await namespaceOf([])).toBeUndefined();
  expect(await namespaceOf([], { folder: 'packages/backend' })).toBeUndefined();
});

it('the program merges all files given with --config, and later files win', async () => {
  expect(await namespaceOf(['--config', 'app-config.yaml', '--config', 'production.yaml'])).toBe('production');
});

it('the program applies APP_CONFIG variables and substitutes environment variables', async () => {
  expect(await namespaceOf([], { env: { APP_CONFIG_backend_cache_redis_client_namespace: '"mine"' } })).toBe('mine');
  await app.write('substituted.yaml', {
    backend: { cache: { store: 'redis', connection: '${CACHE_URL}', redis: { client: { namespace: 'put-in' } } } },
  });
  expect(await namespaceOf(['--config', 'substituted.yaml'], { env: { CACHE_URL: server.url } })).toBe('put-in');
});

describe('an unusable configuration', () => {
  const cacheOf = (cache: object) => JSON.stringify({ backend: { cache } });
  it.each<[string, string, string]>([
    ['invalid YAML', 'backend:\n  cache:\n    connection: "redis://:hunter2@host\n  x: [', 'is not valid YAML at line'],
    [
      'an undefined YAML alias',
      'backend:\n  cache:\n    password: *hunter2',
      'The configuration wrong.yaml cannot be read',
    ],
    ['an include of a missing file', 'backend: { $include: other.yaml }', 'failed to include'],
    [
      'an unknown store',
      cacheOf({ store: 'infinispan' }),
      "The cache store 'infinispan' in 'backend.cache' is not one of Greenroom's",
    ],
    [
      'an address in place of a store name',
      cacheOf({ store: 'redis://:hunter2@host' }),
      "The cache store in 'backend.cache' is not one",
    ],
    [
      'a missing connection',
      cacheOf({ store: 'redis' }),
      "CACHE_CONFIG: Missing configuration at 'backend.cache.connection'",
    ],
    [
      'a connection of the wrong type',
      cacheOf({ store: 'redis', connection: ['hunter2'] }),
      "'backend.cache.connection'",
    ],
    [
      'the memory store',
      cacheOf({ store: 'memory' }),
      'ask each replica by --url, such as --url http://localhost:7007',
    ],
    ['an empty file', '', 'ask each replica by --url'],
    [
      'a store whose package is missing',
      cacheOf({ store: 'valkey', connection: 'a:1' }),
      'yarn --cwd packages/backend add @greenroom/cache-valkey',
    ],
  ])('makes the program exit with 2 and print the reason: %s', async (_what, content, message) => {
    await app.write('wrong.yaml', content);
    const { code, stdout, stderr } = await app.run(['stats', '--config', 'wrong.yaml']);
    expect({ code, stdout, stderr }).toEqual({ code: 2, stdout: '', stderr: expect.stringContaining(message) });
    expect(stderr).not.toContain('hunter2');
  });

  it('makes the program exit with 2 when the file given with --config does not exist', async () => {
    const { code, stderr } = await app.run(['stats', '--config', 'none.yaml']);
    expect({ code, stderr }).toEqual({
      code: 2,
      stderr: expect.stringContaining('give --config the path of one that does'),
    });
  });

  it('makes the program exit with 2 when there is no app-config.yaml', async () => {
    const other = await createApp([]);
    const { code, stderr } = await other.run(['stats']);
    await other.remove();
    expect({ code, stderr }).toEqual({
      code: 2,
      stderr: expect.stringMatching(/There is no .*app-config\.yaml: run this in/),
    });
  });
});

describe('a third-party driver', () => {
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

  it('is loaded from the package given with --driver-package', async () => {
    const { code, stdout } = await app.run(['stats', '--config=acme.yaml', '--driver-package=acme-cache-driver']);
    expect(code).toBe(0);
    expect(stdout).toContain('catalog        1');
  });

  it('can be loaded from a module of the app, with credentials from code', async () => {
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
    ['without --driver-package', [], "The cache store 'acme' in 'backend.cache' is not one of Greenroom's"],
    [
      'with a package that is not installed',
      ['--driver-package', 'acne'],
      'needs the package acne, which is not installed here',
    ],
    [
      'with a package of another store',
      ['--driver-package', '@greenroom/cache-redis'],
      "exports the driver 'redis', and not",
    ],
  ])('is refused %s, and the program exits with 2', async (_how, args, message) => {
    const { code, stderr } = await app.run(['stats', '--config', 'acme.yaml', ...args]);
    expect({ code, stderr }).toEqual({ code: 2, stderr: expect.stringContaining(message) });
  });
});
