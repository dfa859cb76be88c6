import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { installYarn, runIn, toYarnFile } from './packageManagers';
import { packPackages } from './packPackages';

const creator = '@greenroom/create-cache-driver';
const folder = join(tmpdir(), `greenroom-new-driver-${process.pid}`);

const toolFolder = join(folder, 'tools');
const yarnFile = toYarnFile(toolFolder);

let tarballs: Readonly<Record<string, string>>;
beforeAll(async () => {
  await mkdir(folder, { recursive: true });
  tarballs = await packPackages(folder);
  await installYarn(toolFolder);
}, 300_000);
afterAll(() => rm(folder, { recursive: true, force: true }));

/** A package manager, used by somebody who has only an empty folder. */
interface Manager {
  readonly name: string;
  /** Writes its settings to the empty folder. */
  prepare?(empty: string): Promise<void>;
  /** Runs its program with arguments. */
  run(place: string, args: readonly string[]): Promise<string>;
  /** Arguments that run the program of a packed package. Its own `create` would fetch that from a registry. */
  toCreate(tarball: string): readonly string[];
  /** Makes it use the packed packages of Greenroom, wherever they are required. */
  override(made: string): Promise<void>;
  /** Arguments that run Node. */
  readonly node: readonly string[];
}

async function changeManifest(made: string, fields: object): Promise<void> {
  const file = join(made, 'package.json');
  const manifest = JSON.parse(await readFile(file, 'utf8')) as { readonly dependencies: Record<string, string> };
  const dependencies = Object.fromEntries(Object.keys(manifest.dependencies).map(name => [name, tarballs[name]]));
  await writeFile(file, JSON.stringify({ ...manifest, dependencies, ...fields }, undefined, 2));
}

const npm: Manager = {
  name: 'npm',
  run: (place, args) => runIn(place, 'npm', args),
  toCreate: tarball => ['exec', '--yes', `--package=${tarball}`, '--', 'create-cache-driver'],
  override: made => changeManifest(made, { overrides: tarballs }),
  node: ['exec', '--', 'node'],
};

const pnpm: Manager = {
  name: 'pnpm',
  run: (place, args) => runIn(place, 'pnpm', args),
  toCreate: tarball => [`--package=${tarball}`, 'dlx', 'create-cache-driver'],
  async override(made) {
    await changeManifest(made, {});
    const file = join(made, 'pnpm-workspace.yaml');
    // JSON is YAML too.
    await writeFile(file, `${await readFile(file, 'utf8')}overrides: ${JSON.stringify(tarballs)}\n`);
  },
  node: ['exec', 'node'],
};

const createYarn = (nodeLinker: 'node-modules' | 'pnp'): Manager => ({
  name: `Yarn 4 (${nodeLinker})`,
  async prepare(empty) {
    const npmRegistryServer = (await runIn(empty, 'npm', ['config', 'get', 'registry'])).trim();
    const settings = { nodeLinker, npmRegistryServer, enableTelemetry: false };
    await writeFile(join(empty, '.yarnrc.yml'), JSON.stringify(settings));
  },
  run: (place, args) => runIn(place, process.execPath, [yarnFile, ...args]),
  toCreate: tarball => ['dlx', '-p', `${creator}@${tarball}`, 'create-cache-driver'],
  override: made => changeManifest(made, { resolutions: tarballs }),
  node: ['node'],
});

describe.each([npm, pnpm, createYarn('node-modules'), createYarn('pnp')])(
  'create-cache-driver with $name in an empty folder',
  manager => {
    it('creates a driver that installs, builds and passes both suites', async () => {
      const empty = await mkdtemp(join(folder, 'empty-'));
      await manager.prepare?.(empty);
      const said = await manager.run(empty, [...manager.toCreate(tarballs[creator] ?? ''), 'acme']);
      const made = join(empty, 'acme-cache-driver');
      const command = manager.name.toLowerCase().split(' ')[0];
      expect(said).toContain(`  cd acme-cache-driver\n  ${command} install\n  ${command} test\n`);

      await manager.override(made);
      await manager.run(made, ['install']);
      for (const script of ['test', 'typecheck', 'build']) await manager.run(made, ['run', script]);

      const load = [`require('.').acmeDriver.store`, `import('acme-cache-driver').then(all => all.default.$$type)`];
      const code = `console.log(${load[0]}); ${load[1]}.then(console.log)`;
      expect(await manager.run(made, [...manager.node, '--eval', code])).toBe('acme\n@backstage/BackendFeature\n');
    }, 300_000);
  },
);
