import { copyFile, mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { sharedServerUrl } from '@greenroom/test-servers';
import { backendPackages } from './packPackages';
import { installYarn, runIn } from './packageManagers';

const folder = join(tmpdir(), `greenroom-lines-${process.pid}`);
const toolFolder = join(folder, 'tools');
const programFolder = join(toolFolder, 'node_modules/.bin');

let printed: string;
beforeAll(async () => {
  await installYarn(toolFolder);
  const pack = join(__dirname, '../tools/pack.mjs');
  const names = ['cache-backstage', 'cache-redis', 'cache-plugin'];
  printed = await runIn(folder, process.execPath, [pack, '--folder', join(folder, 'packed'), ...names]);
}, 300_000);
afterAll(() => rm(folder, { recursive: true, force: true }));

/** Runs lines in a shell, as if they were typed, with Yarn on the PATH. */
const runLines = (place: string, lines: readonly string[]) =>
  runIn(place, 'sh', ['-ec', [`export PATH="${programFolder}:$PATH"`, ...lines].join('\n')]);

/** An app with the structure of a Backstage app, in which nothing is installed. */
async function writeApp(settings: Readonly<Record<string, object | string>>): Promise<string> {
  const app = await mkdtemp(join(folder, 'app-'));
  const backend = join(app, 'packages/backend');
  await mkdir(backend, { recursive: true });
  const files = {
    'package.json': { name: 'app', version: '1.0.0', private: true, workspaces: ['packages/*'] },
    'packages/backend/package.json': {
      name: 'backend',
      version: '1.0.0',
      private: true,
      dependencies: backendPackages,
    },
    ...settings,
  };
  for (const [name, content] of Object.entries(files)) {
    await writeFile(join(app, name), typeof content === 'string' ? content : JSON.stringify(content));
  }
  await copyFile(join(__dirname, 'backend.mjs'), join(backend, 'backend.mjs'));
  return app;
}

const yarnSettings = async (nodeLinker: string) => {
  const npmRegistryServer = (await runIn(folder, 'npm', ['config', 'get', 'registry'])).trim();
  return { '.yarnrc.yml': { nodeLinker, npmRegistryServer, enableTelemetry: false, enableScripts: false } };
};
const noSettings = () => Promise.resolve({});

describe.each([
  ['Yarn', 'nodeLinker node-modules', () => yarnSettings('node-modules'), 'node'],
  ['Yarn', 'nodeLinker pnp', () => yarnSettings('pnp'), 'yarn node'],
  ['npm', 'its default settings', noSettings, 'node'],
  ['pnpm', 'a workspace file', () => Promise.resolve({ 'pnpm-workspace.yaml': 'packages:\n  - packages/*\n' }), 'node'],
] as const)('the lines that `npm run pack` prints for %s with %s', (manager, _, toSettings, node) => {
  it('install the packages into an app', async () => {
    const [, lines = ''] = new RegExp(`\n${manager}:\n(.+\n.+)\n`).exec(printed) ?? [];
    const app = await writeApp(await toSettings());
    await runLines(app, lines.split('\n'));

    const run = (args: string) => runLines(join(app, 'packages/backend'), [`${node} ${args}`]);
    const cache = { store: 'redis', connection: sharedServerUrl('redis') };
    expect(await run(`backend.mjs '${JSON.stringify({ backend: { cache } })}'`)).toBe('stored\n');
    expect(await run(`-p "require('@greenroom/cache-plugin').default.\\$\\$type"`)).toBe('@backstage/BackendFeature\n');
  }, 300_000);
});
