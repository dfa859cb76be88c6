import { mkdtemp, readFile, readdir, rm, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { npm, runIn } from './packageManagers';
import { backendPackages, packPackages } from './packPackages';

interface Size {
  readonly packages: number;
  readonly bytes: number;
}

const adapter = '@greenroom/cache-backstage';
const backstage = '@backstage/backend-defaults@0.19.0';

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'greenroom-size-'));
});
afterAll(() => rm(folder, { recursive: true }));

it('Greenroom adds fewer packages to a backend than the built-in cache, whichever store is chosen', async () => {
  const tarballs = await packPackages(folder);
  const install = async (added: Readonly<Record<string, string>>): Promise<Size> => {
    const app = await mkdtemp(join(folder, 'app-'));
    await npm.install(app, { dependencies: { ...backendPackages, ...added }, tarballs });
    return measure(app);
  };
  const nothing = await install({});
  const addedBy = async (dependencies: Readonly<Record<string, string>>): Promise<Size> => {
    const { packages, bytes } = await install(dependencies);
    return { packages: packages - nothing.packages, bytes: bytes - nothing.bytes };
  };

  const builtIn = await addedBy(await builtInClients());
  const rows: [string, Size][] = [[`the stores of ${backstage}`, builtIn]];
  const added = ['memcache', 'redis', 'valkey', 'plugin'].map(name => `@greenroom/cache-${name}`);
  for (const names of [[adapter], ...added.map(name => [adapter, name])]) {
    const size = await addedBy(Object.fromEntries(names.map(name => [name, tarballs[name] ?? ''])));
    rows.push([names.join(', '), size]);
  }

  process.stdout.write(`\n${toTable(rows)}\n`);
  for (const [, { packages }] of rows.slice(1)) expect(packages).toBeLessThan(builtIn.packages);
}, 600_000);

/** The client packages of Backstage's own cache, all of which each backend has, whatever its store. */
async function builtInClients(): Promise<Record<string, string>> {
  const output = await runIn(folder, 'npm', ['view', backstage, 'dependencies', '--json']);
  const dependencies = Object.entries(JSON.parse(output) as Record<string, string>);
  return Object.fromEntries(dependencies.filter(([name]) => /^(@keyv\/.*|keyv|iovalkey|infinispan)$/.test(name)));
}

async function measure(app: string): Promise<Size> {
  const lockfile = JSON.parse(await readFile(join(app, 'package-lock.json'), 'utf8')) as { packages: object };
  const entries = await readdir(join(app, 'node_modules'), { recursive: true, withFileTypes: true });
  let bytes = 0;
  for (const entry of entries) {
    if (entry.isFile()) bytes += (await stat(join(entry.parentPath, entry.name))).size;
  }
  return { packages: Object.keys(lockfile.packages).length - 1, bytes };
}

function toTable(rows: readonly [string, Size][]): string {
  const lines = rows.map(([name, { packages, bytes }]) => `| ${name} | ${packages} | ${(bytes / 1e6).toFixed(1)} |`);
  return ['| installed | packages | MB |', '| --- | --: | --: |', ...lines].join('\n');
}
