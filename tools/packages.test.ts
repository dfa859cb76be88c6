import { existsSync, readFileSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { fillManifest, readRepositoryUrl } from './repository.mjs';

interface Manifest {
  readonly [field: string]: unknown;
  readonly name: string;
  readonly private?: boolean;
  readonly backstage: { readonly role: string };
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
/** Packages that are run and not imported. */
const programs = published.filter(({ manifest }) => manifest.backstage.role === 'cli');
const libraries = published.filter(each => !programs.includes(each));
const drivers = libraries.filter(({ folder }) => !/cache-(core|backstage|cli|plugin)$/.test(folder));
const core = '@greenroom/cache-core';

/** The Backstage role of each package that is not a library. */
const roles: Record<string, string> = {
  'packages/cache-cli': 'cli-module',
  'packages/cache-plugin': 'backend-plugin',
  'packages/create-cache-driver': 'cli',
};

it.each(['packages', 'internal', 'examples', '.'].flatMap(foldersUnder))(
  '%s has the scripts typecheck and lint',
  folder => {
    expect(readManifest(folder).scripts).toMatchObject({
      typecheck: 'tsc -p . --incremental --tsBuildInfoFile node_modules/.cache/tsconfig.tsbuildinfo',
      lint: 'eslint .',
    });
  },
);

describe.each(published)('$manifest.name', ({ folder, manifest }) => {
  it('has the metadata that every published package needs', () => {
    expect(manifest).toMatchObject({
      name: folder.replace('packages/', '@greenroom/'),
      description: expect.stringMatching(/^[A-Z].{20,}[^.]$/),
      keywords: expect.arrayContaining(['backstage', 'cache']),
      type: 'module',
      sideEffects: false,
      publishConfig: { access: 'public' },
      backstage: { role: roles[folder] ?? 'node-library' },
      scripts: {
        build: 'tsup',
        'build:code': 'tsup --no-dts',
        'check:imports': 'node ../../tools/checkImports.mjs .',
        'check:packages': 'node ../../tools/checkPackages.mjs .',
      },
    });
    expect(manifest.private).toBeUndefined();
  });

  it('names the address of the repository exactly when the root does', () => {
    expect(manifest).toEqual(fillManifest(manifest, readRepositoryUrl(), folder));
  });

  it('publishes only its build, CHANGELOG, schema, template and openapi.json', () => {
    const schema = typeof manifest.configSchema === 'string' ? [manifest.configSchema] : [];
    const others = ['template', 'openapi.json'].filter(name => existsSync(join(root, folder, name)));
    expect(new Set(manifest.files as string[])).toEqual(new Set(['dist', 'CHANGELOG.md', ...schema, ...others]));
  });

  it('depends on the other packages by the workspace protocol', () => {
    const own = Object.entries({ ...manifest.dependencies, ...manifest.peerDependencies });
    for (const [name, range] of own.filter(([name]) => name.startsWith('@greenroom/'))) {
      expect([name, range]).toEqual([name, expect.stringMatching(/^workspace:/)]);
    }
  });
});

describe.each(libraries)('$manifest.name', ({ manifest }) => {
  it('exports a build and types for each entry, for import and for require', () => {
    const { './package.json': own, './openapi.json': document, ...entries } = manifest.exports;
    expect(own).toBe('./package.json');
    const hasDocument = (manifest.files as string[]).includes('openapi.json');
    expect(document).toBe(hasDocument ? './openapi.json' : undefined);
    for (const [subpath, target] of Object.entries(entries)) {
      const file = `./dist/${subpath === '.' ? 'index' : subpath.slice(2)}`;
      expect(target).toEqual({
        import: { types: `${file}.d.ts`, default: `${file}.js` },
        require: { types: `${file}.d.cts`, default: `${file}.cjs` },
      });
    }
    expect(manifest).toMatchObject({ main: './dist/index.cjs', module: './dist/index.js', types: './dist/index.d.ts' });
  });
});

describe.each(programs)('$manifest.name', ({ manifest }) => {
  it('runs its build as a program and exports no module', () => {
    expect(manifest.bin).toBe('./dist/index.js');
    expect(manifest.exports).toEqual({ './package.json': './package.json' });
    expect(manifest).not.toHaveProperty('main');
  });
});

it('create-cache-driver is always released together with core', () => {
  const { fixed } = JSON.parse(readFileSync(join(root, '.changeset/config.json'), 'utf8')) as { fixed: unknown };
  expect(fixed).toEqual([[core, '@greenroom/create-cache-driver']]);
});

describe('the dependencies of packages', () => {
  it.each(['cache-core', 'create-cache-driver'])('%s has no dependencies', name => {
    const { dependencies, peerDependencies, optionalDependencies } = readManifest(`packages/${name}`);
    expect({ ...dependencies, ...peerDependencies, ...optionalDependencies }).toEqual({});
  });

  it.each(drivers)('$manifest.name depends on core and at most one client', ({ manifest }) => {
    const { [core]: ofCore, ...others } = manifest.dependencies ?? {};
    expect(ofCore).toBe('workspace:^');
    expect(Object.keys(others).filter(name => /^@(greenroom|backstage)\//.test(name))).toEqual([]);
    expect(Object.keys(others).length).toBeLessThanOrEqual(1);
    expect({ ...manifest.peerDependencies, ...manifest.optionalDependencies }).toEqual({});
  });

  it('the adapter depends on core, memory and Backstage, with the other drivers as optional peers', () => {
    const { dependencies, peerDependencies, peerDependenciesMeta } = readManifest('packages/cache-backstage');
    const memory = '@greenroom/cache-memory';
    const others = Object.keys(dependencies ?? {}).filter(name => !/^@(backstage\/|opentelemetry\/api$)/.test(name));
    expect(others.sort()).toEqual([core, memory]);

    const optional = drivers.map(({ manifest }) => manifest.name).filter(name => name !== memory);
    // A narrower range would turn each minor release of a driver into a major release of the adapter. The version of its contract says what
    // a driver fits.
    expect(peerDependencies).toEqual(Object.fromEntries(optional.map(name => [name, 'workspace:0.x'])));
    expect(peerDependenciesMeta).toEqual(Object.fromEntries(optional.map(name => [name, { optional: true }])));
  });
});

it('cache-cli installs greenroom-cache and depends only on core and @backstage/config-loader', () => {
  const { bin, dependencies, peerDependencies, peerDependenciesMeta } = readManifest('packages/cache-cli');
  expect(bin).toEqual({ 'greenroom-cache': './dist/bin.cjs' });
  expect(Object.keys(dependencies ?? {})).toEqual(['@backstage/config-loader', core]);
  expect(peerDependencies).toEqual({ '@backstage/cli-node': '^0.3.0' });
  expect(peerDependenciesMeta).toEqual({ '@backstage/cli-node': { optional: true } });
});

it('cache-plugin depends only on the adapter, core and Backstage', () => {
  const { dependencies, peerDependencies, backstage } = readManifest('packages/cache-plugin');
  const others = Object.keys(dependencies ?? {}).filter(name => !name.startsWith('@backstage/'));
  expect(others).toEqual(['@greenroom/cache-backstage', core]);
  expect(peerDependencies).toBeUndefined();
  expect(backstage).toMatchObject({ pluginId: 'cache', pluginPackages: ['@greenroom/cache-plugin'] });
});

const others = ['.', ...['.', 'examples', 'internal'].flatMap(foldersUnder)];
it.each(others)('%s is never published', folder => {
  expect(readManifest(folder).private).toBe(true);
});

it.each([...others, ...published.map(({ folder }) => folder)])(
  '%s has a description, a licence, an author and a Node version',
  folder => {
    expect(readManifest(folder)).toMatchObject({
      description: expect.stringMatching(/^[A-Z].{10,}[^.]$/),
      license: 'Apache-2.0',
      author: 'Greenroom maintainers',
      engines: { node: '>=20.19.0' },
    });
  },
);
