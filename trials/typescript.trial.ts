import { copyFile, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { npm, runIn } from './packageManagers';
import { backendPackages, packPackages } from './packPackages';

const versions = ['5.4', '5.5', '5.6', '5.7', '5.8', '5.9', '6.0', '7.0'] as const;
const toPackageName = (version: string) => `typescript-${version}`;

let app: string;
beforeAll(async () => {
  app = await mkdtemp(join(tmpdir(), 'greenroom-typescript-'));
  const tarballs = await packPackages(app);
  const compilers = Object.fromEntries(
    versions.map(version => [toPackageName(version), `npm:typescript@~${version}.0`]),
  );
  const dependencies = { ...backendPackages, ...tarballs, ...compilers, '@types/node': '^20.19.0' };
  await npm.install(app, { dependencies, tarballs });
  // An ES module, a CommonJS module, and a file whose kind package.json decides.
  for (const name of ['consumer.mts', 'consumer.cts', 'consumer.ts']) {
    await copyFile(join(__dirname, 'consumer.ts'), join(app, name));
  }
}, 300_000);
afterAll(() => rm(app, { recursive: true, force: true }));

/** Compiles, and checks the types of all dependencies. Resolves to the compiler's output. */
async function compile(version: string, ...args: readonly string[]): Promise<string> {
  const program = join(app, 'node_modules', toPackageName(version), 'bin/tsc');
  const strict = ['--noEmit', '--strict', '--exactOptionalPropertyTypes', '--skipLibCheck', 'false'];
  // Backstage's types need the types of browsers.
  const target = ['--target', 'es2022', '--lib', 'es2022,dom', '--types', 'node'];
  try {
    return await runIn(app, process.execPath, [program, ...strict, ...target, ...args]);
  } catch (error) {
    return (error as { stdout: string }).stdout;
  }
}

describe.each(versions)('TypeScript %s', version => {
  it('compiles imports of the packages in ES modules and CommonJS, with Node resolution', async () => {
    // TypeScript 5.4 has only the older name.
    const resolution = version === '5.4' ? 'node16' : 'nodenext';
    const kind = ['--module', resolution, '--moduleResolution', resolution];
    expect(await compile(version, ...kind, 'consumer.mts', 'consumer.cts')).toBe('');
  }, 180_000);

  it('compiles imports of the packages with bundler resolution', async () => {
    expect(await compile(version, '--module', 'esnext', '--moduleResolution', 'bundler', 'consumer.ts')).toBe('');
  }, 180_000);

  // TypeScript 7 no longer has this resolution. The types of Express and zod, which Backstage's types import, need the interop.
  const kind = ['--module', 'commonjs', '--moduleResolution', 'node10', '--esModuleInterop', 'consumer.ts'];
  if (version !== '7.0') {
    it('compiles imports of the packages with Node 10 resolution', async () => {
      expect(await compile(version, ...kind, ...(version === '6.0' ? ['--ignoreDeprecations', '6.0'] : []))).toBe('');
    }, 180_000);
  }
});
