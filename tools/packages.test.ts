import { execFile } from 'node:child_process';
import { existsSync, readFileSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';

interface Manifest {
  readonly [field: string]: unknown;
  readonly name: string;
  readonly private?: boolean;
  readonly configSchema?: unknown;
  readonly dependencies?: Record<string, string>;
  readonly peerDependencies?: Record<string, string>;
  readonly peerDependenciesMeta?: Record<string, { readonly optional?: boolean }>;
  readonly optionalDependencies?: Record<string, string>;
  readonly exports: Record<string, unknown>;
}

const root = join(__dirname, '..');
const readManifest = (folder: string) =>
  JSON.parse(readFileSync(join(root, folder, 'package.json'), 'utf8')) as Manifest;
const foldersUnder = (parent: string) =>
  readdirSync(join(root, parent))
    .map(name => `${parent}/${name}`)
    .filter(folder => existsSync(join(root, folder, 'package.json')));

const published = foldersUnder('packages').map(folder => ({ folder, manifest: readManifest(folder) }));
const drivers = published.filter(({ folder }) => !/cache-(core|backstage)$/.test(folder));
const core = '@greenroom/cache-core';

describe.each(published)('$manifest.name', ({ folder, manifest }) => {
  it('has the metadata of all published packages', () => {
    expect(manifest).toMatchObject({
      name: folder.replace('packages/', '@greenroom/'),
      description: expect.stringMatching(/^[A-Z].{20,}[^.]$/),
      keywords: expect.arrayContaining(['backstage', 'cache']),
      license: 'Apache-2.0',
      type: 'module',
      engines: readManifest('.').engines,
      sideEffects: false,
      publishConfig: { access: 'public' },
      backstage: { role: 'node-library' },
      scripts: { build: 'tsup', typecheck: 'tsc -p .' },
    });
    expect(manifest.private).toBeUndefined();
  });

  it('leads each entry to a build and to types of its own, for either kind of module', () => {
    const { './package.json': own, ...entries } = manifest.exports;
    expect(own).toBe('./package.json');
    for (const [subpath, target] of Object.entries(entries)) {
      const file = `./dist/${subpath === '.' ? 'index' : subpath.slice(2)}`;
      expect(target).toEqual({
        import: { types: `${file}.d.ts`, default: `${file}.js` },
        require: { types: `${file}.d.cts`, default: `${file}.cjs` },
      });
    }
    expect(manifest).toMatchObject({ main: './dist/index.cjs', module: './dist/index.js', types: './dist/index.d.ts' });
  });

  it('publishes its build, its changes and its schema', () => {
    const schema = typeof manifest.configSchema === 'string' ? [manifest.configSchema] : [];
    expect(new Set(manifest.files as string[])).toEqual(new Set(['dist', 'CHANGELOG.md', ...schema]));
  });

  it('names the other packages by the version in the repository', () => {
    const own = Object.entries({ ...manifest.dependencies, ...manifest.peerDependencies });
    for (const [name, range] of own.filter(([name]) => name.startsWith('@greenroom/'))) {
      expect([name, range]).toEqual([name, expect.stringMatching(/^workspace:/)]);
    }
  });
});

describe('what a package depends on', () => {
  it('is nothing for core', () => {
    const { dependencies, peerDependencies, optionalDependencies } = readManifest('packages/cache-core');
    expect({ ...dependencies, ...peerDependencies, ...optionalDependencies }).toEqual({});
  });

  it.each(drivers)('is core and one client for $manifest.name', ({ manifest }) => {
    const { [core]: ofCore, ...others } = manifest.dependencies ?? {};
    expect(ofCore).toBe('workspace:^');
    expect(Object.keys(others).filter(name => /^@(greenroom|backstage)\//.test(name))).toEqual([]);
    expect(Object.keys(others).length).toBeLessThanOrEqual(1);
    expect({ ...manifest.peerDependencies, ...manifest.optionalDependencies }).toEqual({});
  });

  it('is core, memory and Backstage for the adapter, and each other driver if it is there', () => {
    const { dependencies, peerDependencies, peerDependenciesMeta } = readManifest('packages/cache-backstage');
    const memory = '@greenroom/cache-memory';
    const others = Object.keys(dependencies ?? {}).filter(name => !/^@(backstage\/|opentelemetry\/api$)/.test(name));
    expect(others.sort()).toEqual([core, memory]);

    const optional = drivers.map(({ manifest }) => manifest.name).filter(name => name !== memory);
    // A narrower range would make each minor release of a driver a major one of the adapter. What a driver fits is said
    // by the version of its contract.
    expect(peerDependencies).toEqual(Object.fromEntries(optional.map(name => [name, 'workspace:0.x'])));
    expect(peerDependenciesMeta).toEqual(Object.fromEntries(optional.map(name => [name, { optional: true }])));
  });
});

it.each(['.', 'examples', 'internal'].flatMap(foldersUnder))('%s is never published', folder => {
  expect(readManifest(folder).private).toBe(true);
});

describe('the import rules', () => {
  interface Probe {
    readonly file: string;
    readonly specifier: string;
  }

  const probes = (allowed: boolean) =>
    published.flatMap(({ folder, manifest }) => {
      const source = `${folder}/src/index.ts`;
      const test = `${folder}/src/index.test.ts`;
      const otherDriver = drivers.find(driver => driver.manifest.name !== manifest.name)?.manifest.name ?? '';
      const isAdapter = manifest.name === '@greenroom/cache-backstage';
      const isCore = manifest.name === core;
      const table: [file: string, specifier: string, allowed: boolean][] = [
        [source, 'node:fs', true],
        [source, './here', true],
        [source, '@backstage/config', isAdapter],
        [source, core, !isCore],
        [source, 'some-client', !isCore],
        [source, isAdapter ? '@greenroom/cache-redis' : otherDriver, false],
        [source, `${core}/testing`, false],
        [source, '@greenroom/test-servers', false],
        [source, './testSupport/here', false],
        [source, '../../cache-core/src/index', false],
        [test, '@greenroom/test-servers', true],
        [test, './testSupport/here', true],
        [test, '../../cache-core/src/index', false],
        [test, otherDriver, isAdapter],
        [test, '@backstage/config', isAdapter],
      ];
      return table.filter(row => row[2] === allowed).map(([file, specifier]): Probe => ({ file, specifier }));
    });

  /** The probes that the rules of this repository object to. ESLint runs by itself: Jest cannot load its modules. */
  async function refused(candidates: readonly Probe[]): Promise<Probe[]> {
    const script = `
      import { ESLint } from 'eslint';
      import tseslint from 'typescript-eslint';
      const eslint = new ESLint({ overrideConfig: { files: ['**/*.ts'], ...tseslint.configs.disableTypeChecked } });
      const refused = [];
      for (const probe of ${JSON.stringify(candidates)}) {
        const [result] = await eslint.lintText("import '" + probe.specifier + "';", { filePath: probe.file });
        const rules = result.messages.map(({ ruleId, message }) => ruleId ?? message);
        if (rules.some(rule => rule !== 'no-restricted-imports')) throw new Error(rules.join());
        if (rules.length > 0) refused.push(probe);
      }
      console.log(JSON.stringify(refused));
    `;
    const { stdout } = await promisify(execFile)(process.execPath, ['--input-type=module', '-e', script], {
      cwd: root,
    });
    return JSON.parse(stdout) as Probe[];
  }

  it('refuse every way around them, in each package', async () => {
    const candidates = probes(false);
    expect(await refused(candidates)).toEqual(candidates);
  }, 60_000);

  it('leave the rest alone', async () => {
    expect(await refused(probes(true))).toEqual([]);
  }, 60_000);
});
