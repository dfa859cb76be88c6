import { execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { cp, mkdir, mkdtemp, readFile, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { promisify } from 'node:util';
import { startMemcached, startRedis, startValkey } from '@greenroom/test-servers';
import { transformSync } from '@swc/core';
import { withPatience } from './testSupport/withPatience';

const root = join(__dirname, '../../..');
const packages = join(root, 'packages');

/** A backend that trials/backend.mjs runs. */
interface Run {
  readonly backend: object;
  readonly added?: readonly string[];
  readonly discovers?: boolean;
  readonly stops?: boolean;
}

const adapter = '@greenroom/cache-backstage';
const acme = 'acme-cache-driver';
// pnpm sets NODE_PATH for the programs that it starts, which would make the whole workspace resolvable.
const env = { ...process.env, NODE_PATH: '', NODE_ENV: 'test' };

/** Installs the built adapter, a third-party driver, and packages of stores. Returns the folder of the app. */
async function createApp(...stores: readonly string[]): Promise<string> {
  const app = await mkdtemp(join(tmpdir(), 'greenroom-'));
  const modules = join(app, 'node_modules');
  const scope = join(modules, '@greenroom');
  for (const made of [scope, join(modules, acme)]) await mkdir(made, { recursive: true });
  for (const file of ['dist', 'package.json']) {
    await cp(join(packages, 'cache-backstage', file), join(scope, 'cache-backstage', file), { recursive: true });
  }
  for (const name of ['core', ...stores].map(store => `cache-${store}`)) {
    await symlink(join(packages, name), join(scope, name));
  }
  for (const foreign of ['@backstage', '@opentelemetry']) {
    await symlink(join(packages, 'cache-backstage/node_modules', foreign), join(modules, foreign));
  }
  const script = await readFile(join(root, 'trials/backend.mjs'), 'utf8');
  const files: Record<string, string | object> = {
    'package.json': { name: 'app', dependencies: { [adapter]: '*', [acme]: '*' } },
    [`node_modules/${acme}/package.json`]: {
      ...{ name: acme, version: '1.0.0', main: 'index.js', backstage: { role: 'node-library' } },
    },
    [`node_modules/${acme}/index.js`]: `
      const { createCacheDriverFeature } = require('@greenroom/cache-backstage');
      const driver = { get: async () => '"from acme"', set: async () => {}, delete: async () => {}, close: async () => {} };
      exports.default = createCacheDriverFeature({
        ...{ contractVersion: 1, store: 'acme', parseOptions: () => undefined, create: () => driver },
      });`,
    'backend.mjs': script,
    'backend.cjs': transformSync(script, { module: { type: 'commonjs' } }).code,
  };
  for (const [name, content] of Object.entries(files)) {
    await writeFile(join(app, name), typeof content === 'string' ? content : JSON.stringify(content));
  }
  return app;
}

/** An app that has only the package of the memory store, and one that has the packages of all stores. */
let alone: string;
let complete: string;
beforeAll(async () => {
  alone = await createApp('memory');
  complete = await createApp('memory', 'redis', 'valkey', 'memcache');
});
afterAll(() => Promise.all([alone, complete].map(app => rm(app, { recursive: true, force: true }))));

/** Returns what a script prints while it runs one backend after another. The process has to end by itself. */
async function run(file: string, ...runs: readonly Run[]): Promise<string> {
  // On a busy machine, a process takes 20 s to load its backends.
  const { stdout } = await promisify(execFile)(process.execPath, [file, JSON.stringify(runs)], {
    ...{ env, timeout: 90_000 },
  });
  return stdout.trim();
}

describe.each(['backend.mjs', 'backend.cjs'])('the built package, used from %s', script => {
  const runAlone = (...runs: readonly Run[]) => run(join(alone, script), ...runs);

  it('caches in memory, and the process exits by itself', async () => {
    expect(await runAlone({ backend: { cache: { store: 'memory' } } })).toBe('stored');
  });

  it('names the missing package and the command that adds it', async () => {
    const cache = { store: 'redis', connection: 'redis://localhost:1' };
    expect(await runAlone({ backend: { cache } })).toContain(
      "The cache store 'redis' needs the package @greenroom/cache-redis, which is not installed. " +
        'Add it to the backend, for example: yarn --cwd packages/backend add @greenroom/cache-redis',
    );
  });

  describe('feature discovery of the package and a third-party driver', () => {
    /** Both cases run in one process, which loads the modules of feature discovery only once. */
    let printed: Promise<readonly string[]>;
    beforeAll(() => {
      const backend = { packages: 'all', cache: { store: 'memory', driver: 'acme' } };
      const runs = [[], [acme, adapter]].map(added => ({ backend, added, discovers: true }));
      printed = runAlone(...runs).then(text => text.split('\n'));
      // The tests below await the promise and report a failure.
      printed.catch(() => {});
    });

    it.each([
      ['without other code', 0],
      ['even when both are also added by hand', 1],
    ])('makes the backend use the driver %s', async (_case, number) => {
      const lines = await printed;
      expect(lines).toHaveLength(2);
      expect(lines[number]).toBe('from acme');
    });
  });
});

describe.each([
  ['redis', () => startRedis()],
  ['valkey', () => startValkey()],
  ['memcache', () => startMemcached()],
] as const)('a process with a backend that caches in %s', (store, startServer) => {
  const backendOn = (connection: string) => ({ cache: withPatience({ store, connection }) });

  it('exits by itself once the backend has stopped', async () => {
    const server = await startServer();
    const printed = await run(join(complete, 'backend.cjs'), { backend: backendOn(server.url) });
    await server.stop();
    expect(printed).toBe('stored');
  });

  it('exits within 3 seconds of a SIGTERM while the server is frozen', async () => {
    const server = await startServer();
    const options: Run = { backend: backendOn(server.url), stops: false };
    const child = spawn(process.execPath, [join(complete, 'backend.cjs'), JSON.stringify(options)], { env });
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
  });
});
