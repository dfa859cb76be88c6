import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { transformSync } from '@swc/core';
import { sharedServerUrl } from '@greenroom/test-servers';
import { packPackages, backendPackages } from './packPackages';
import { createYarn, installYarn, npm, pnpm, runIn, toYarnFile } from './packageManagers';

const adapter = '@greenroom/cache-backstage';
const otherNodes = ['22', '24'];

const folder = join(tmpdir(), `greenroom-install-${process.pid}`);
const toolFolder = join(folder, 'tools');
const yarnFile = toYarnFile(toolFolder);

let tarballs: Readonly<Record<string, string>>;
beforeAll(async () => {
  await mkdir(folder, { recursive: true });
  tarballs = await packPackages(folder);
  const nodes = otherNodes.map(version => `node${version}@npm:node@${version}`);
  await installYarn(toolFolder, nodes);
}, 300_000);
afterAll(() => rm(folder, { recursive: true, force: true }));

/** Writes a new app with the backend as an ES module and as a CommonJS module. */
async function writeApp(): Promise<string> {
  const app = await mkdtemp(join(folder, 'app-'));
  const code = await readFile(join(__dirname, 'backend.mjs'), 'utf8');
  await writeFile(join(app, 'backend.mjs'), code);
  await writeFile(join(app, 'backend.cjs'), transformSync(code, { module: { type: 'commonjs' } }).code);
  return app;
}

function dependenciesOn(...packageNames: readonly string[]): Record<string, string> {
  return { ...backendPackages, ...Object.fromEntries(packageNames.map(name => [name, tarballs[name] ?? ''])) };
}

const packageManagers = [npm, pnpm, createYarn(yarnFile, 'node-modules'), createYarn(yarnFile, 'pnp')];
const nodes = [[process.versions.node, process.execPath]].concat(
  otherNodes.map(version => [version, join(toolFolder, `node_modules/node${version}/bin/node`)]),
);

describe.each(packageManagers)('packages installed by $name', packageManager => {
  /** Installs the packages. Returns a function that runs the backend and resolves to what it printed. */
  async function installApp(...packageNames: readonly string[]) {
    const app = await writeApp();
    await packageManager.install(app, { dependencies: dependenciesOn(...packageNames), tarballs });
    return (node: string, file: string, cache: object) =>
      runIn(app, node, [...packageManager.scriptArguments(file), JSON.stringify({ backend: { cache } })]);
  }

  describe('the adapter alone', () => {
    let run: Awaited<ReturnType<typeof installApp>>;
    beforeAll(async () => {
      run = await installApp(adapter);
    }, 120_000);

    describe.each(nodes)('on Node %s', (_, node) => {
      it.each(['backend.mjs', 'backend.cjs'])('caches in memory: %s', async file => {
        expect(await run(node, file, { store: 'memory' })).toBe('stored\n');
      });

      it.each(['backend.mjs', 'backend.cjs'])('names the missing package of a store: %s', async file => {
        const printed = await run(node, file, { store: 'redis', connection: 'redis://localhost:1' });
        expect(printed).toContain(
          `The cache store 'redis' needs the package @greenroom/cache-redis, which is not installed.`,
        );
      });
    });
  });

  describe.each(['redis', 'valkey'] as const)('the adapter and %s', store => {
    let run: Awaited<ReturnType<typeof installApp>>;
    beforeAll(async () => {
      run = await installApp(adapter, `@greenroom/cache-${store}`);
    }, 120_000);

    describe.each(nodes)('on Node %s', (_, node) => {
      it.each(['backend.mjs', 'backend.cjs'])('caches in the server: %s', async file => {
        const cache = { store, connection: sharedServerUrl(store) };
        expect(await run(node, file, cache)).toBe('stored\n');
      });
    });
  });
});
