import { execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { cp, mkdir, mkdtemp, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { promisify } from 'node:util';
import { startMemcached, startRedis, startValkey } from '@greenroom/test-servers';

const packages = join(__dirname, '../..');

/** Starts a backend with the configuration in `process.argv[2]`, and prints what its plugin reads from the cache. */
const toScript = (features: string, afterStart = '') => `
  const { config, added = [] } = JSON.parse(process.argv[2]);
  const { coreServices, createBackendPlugin } = pluginApi;
  const { mockServices, startTestBackend } = testUtils;
  const plugin = createBackendPlugin({
    pluginId: 'example',
    register(env) {
      env.registerInit({
        deps: { cache: coreServices.cache },
        async init({ cache }) {
          await cache.set('key', 'stored');
          console.log(await cache.get('key'));
        },
      });
    },
  });
  const features = [${features}, plugin, mockServices.rootConfig.factory({ data: config })];
  const backend = await startTestBackend({ features }).catch(error => error);
  if (backend instanceof Error) {
    console.log(backend.message);
    process.exit();
  }
  ${afterStart}
`;
const discoverAndStop = toScript('...added.map(load), discoveryFeatureLoader', 'await backend.stop();');

/** The folder of an app in which the built adapter is installed, with no store package but memory. */
let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'greenroom-'));
  const modules = join(folder, 'node_modules');
  const scope = join(modules, '@greenroom');
  const acme = join(modules, 'acme-cache-driver');
  for (const made of [scope, acme]) await mkdir(made, { recursive: true });
  for (const file of ['dist', 'package.json']) {
    await cp(join(packages, 'cache-backstage', file), join(scope, 'cache-backstage', file), { recursive: true });
  }
  await symlink(join(packages, 'cache-core'), join(scope, 'cache-core'));
  await symlink(join(packages, 'cache-memory'), join(scope, 'cache-memory'));
  for (const foreign of ['@backstage', '@opentelemetry']) {
    await symlink(join(packages, 'cache-backstage/node_modules', foreign), join(modules, foreign));
  }
  const files: Record<string, string | object> = {
    'package.json': { name: 'app', dependencies: { '@greenroom/cache-backstage': '*', 'acme-cache-driver': '*' } },
    'node_modules/acme-cache-driver/package.json': {
      ...{ name: 'acme-cache-driver', version: '1.0.0', main: 'index.js', backstage: { role: 'node-library' } },
    },
    'node_modules/acme-cache-driver/index.js': `
      const { createCacheDriverFeature } = require('@greenroom/cache-backstage');
      const driver = { get: async () => '"from acme"', set: async () => {}, delete: async () => {}, close: async () => {} };
      exports.default = createCacheDriverFeature({
        ...{ contractVersion: 1, store: 'acme', parseOptions: () => undefined, create: () => driver },
      });`,
    'esm.mjs': `
      import pluginApi from '@backstage/backend-plugin-api';
      import testUtils from '@backstage/backend-test-utils';
      import { discoveryFeatureLoader } from '@backstage/backend-defaults';
      const load = name => import(name);
      ${discoverAndStop}`,
    'commonjs.cjs': `
      const pluginApi = require('@backstage/backend-plugin-api');
      const testUtils = require('@backstage/backend-test-utils');
      const { discoveryFeatureLoader } = require('@backstage/backend-defaults');
      const load = name => require(name).default;
      (async () => {${discoverAndStop}})();`,
  };
  for (const [name, content] of Object.entries(files)) {
    await writeFile(join(folder, name), typeof content === 'string' ? content : JSON.stringify(content));
  }
});
afterAll(() => rm(folder, { recursive: true, force: true }));

interface Run {
  readonly config: object;
  /** Packages that the script adds to the backend itself. */
  readonly added?: readonly string[];
}

const adapter = '@greenroom/cache-backstage';
const acme = 'acme-cache-driver';
// pnpm sets NODE_PATH for the programs that it starts, which would make the whole workspace resolvable.
const env = { ...process.env, NODE_PATH: '', NODE_ENV: 'test' };

describe.each(['esm.mjs', 'commonjs.cjs'])('the built package, used from %s', file => {
  /** What the script prints. The process has to end by itself. */
  async function run(options: Run): Promise<string> {
    const args = [join(folder, file), JSON.stringify(options)];
    const { stdout } = await promisify(execFile)(process.execPath, args, { env, timeout: 20_000 });
    return stdout.trim();
  }

  it('caches in memory, and the process ends by itself', async () => {
    expect(await run({ config: { backend: { cache: { store: 'memory' } } }, added: [adapter] })).toBe('stored');
  }, 20_000);

  it('says which package is missing and how to add it', async () => {
    const cache = { store: 'redis', connection: 'redis://localhost:1' };
    expect(await run({ config: { backend: { cache } }, added: [adapter] })).toContain(
      "The cache store 'redis' needs the package @greenroom/cache-redis, which is not installed. " +
        'Add it to the backend, for example: yarn --cwd packages/backend add @greenroom/cache-redis',
    );
  }, 20_000);

  it.each<[string, readonly string[]]>([
    ['without other code', []],
    ['also when both are added by hand', [acme, adapter]],
  ])(
    'is found by feature discovery together with a third-party driver, %s',
    async (_case, added) => {
      const backend = { packages: 'all', cache: { store: 'memory', driver: 'acme' } };
      expect(await run({ config: { backend }, added })).toBe('from acme');
    },
    20_000,
  );
});

describe.each([
  ['redis', () => startRedis()],
  ['valkey', () => startValkey()],
  ['memcache', () => startMemcached()],
] as const)('a process with a backend that caches in %s', (store, startServer) => {
  const cwd = join(packages, 'cache-backstage');
  const toArguments = (url: string, afterStart?: string) => [
    '-e',
    `const adapter = require('./dist/index.cjs');
     const pluginApi = require('@backstage/backend-plugin-api');
     const testUtils = require('@backstage/backend-test-utils');
     (async () => {${toScript('adapter.default', afterStart)}})();`,
    ...['unused', JSON.stringify({ config: { backend: { cache: { store, connection: url } } } })],
  ];

  it('ends by itself once the backend has stopped', async () => {
    const server = await startServer();
    const args = toArguments(server.url, 'await backend.stop();');
    const { stdout } = await promisify(execFile)(process.execPath, args, { cwd, env, timeout: 20_000 });
    await server.stop();
    expect(stdout).toBe('stored\n');
  }, 30_000);

  it('ends within 3 seconds of a SIGTERM while the server is frozen', async () => {
    const server = await startServer();
    const child = spawn(process.execPath, toArguments(server.url), { cwd, env });
    const output = text(child.stdout);
    await once(child.stdout, 'readable');
    await server.freeze();

    const startedAtMs = performance.now();
    child.kill('SIGTERM');
    const [exitCode] = (await once(child, 'exit')) as [number | null];
    const endedAfterMs = performance.now() - startedAtMs;
    await server.stop();

    expect(await output).toBe('stored\n');
    expect(exitCode).toBe(0);
    expect(endedAfterMs).toBeLessThan(3000);
  }, 30_000);
});
