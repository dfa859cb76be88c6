import { execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { apiReportProblems } from './apiReportProblems.mjs';
import { changesetProblems } from './changesetProblems.mjs';
import { dependencyProblems } from './dependencyProblems.mjs';
import { importProblems } from './importProblems.mjs';
import { packageBounds } from './packageBounds.mjs';
import { getDependencyReleaseLine, getReleaseLine } from './changelog.cjs';
import { fillEmptyRelease, releasedWith } from './emptyReleases.mjs';
import { contentProblems, sizeProblems } from './packageContents.mjs';
import { productionDependencies } from './productionDependencies.mjs';
import { publishedPackages } from './workspace.mjs';

describe('a tarball', () => {
  const manifest = {
    name: '@greenroom/cache-acme',
    main: './dist/index.cjs',
    module: './dist/index.js',
    types: './dist/index.d.ts',
    configSchema: 'config.schema.json',
    exports: { '.': { import: './dist/index.js', require: './dist/index.cjs' }, './package.json': './package.json' },
    dependencies: { '@acme/client': '1.0.0' },
    peerDependencies: { '@greenroom/cache-core': '^0.1.0' },
  };
  const complete = {
    LICENSE: '',
    'README.md': '',
    'package.json': '{}',
    'CHANGELOG.md': '',
    'config.schema.json': '{}',
    'dist/index.d.ts': `export type { Cache } from '@greenroom/cache-core';`,
    'dist/index.js': `import '@acme/client/part'; import 'node:fs'; import './part.js'; await import('@greenroom/cache-core');`,
    'dist/index.cjs': `const client = __toESM(require('@acme/client')); require('fs');`,
  };
  const problemsOf = (files: Record<string, string>) => contentProblems(manifest, files);

  it('is accepted when every file is expected and every import is declared', () => {
    expect(problemsOf(complete)).toEqual([]);
  });

  it('is refused with an unexpected file', () => {
    expect(problemsOf({ ...complete, 'src/index.ts': '' })).toEqual(['src/index.ts does not belong in it']);
  });

  it('may have a template with undeclared imports when package.json lists it', () => {
    const template = { 'template/src/index.ts': `import 'undeclared';` };
    expect(contentProblems({ ...manifest, files: ['dist', 'template'] }, { ...complete, ...template })).toEqual([]);
    expect(problemsOf({ ...complete, ...template })).toEqual(['template/src/index.ts does not belong in it']);
  });

  it('may have openapi.json when package.json lists it', () => {
    const document = { 'openapi.json': '{}' };
    expect(contentProblems({ ...manifest, files: ['dist', 'openapi.json'] }, { ...complete, ...document })).toEqual([]);
    expect(problemsOf({ ...complete, ...document })).toEqual(['openapi.json does not belong in it']);
  });

  it('is refused without the program that package.json names', () => {
    const program = { bin: { acme: './dist/program.js' }, exports: { './package.json': './package.json' } };
    const files = { LICENSE: '', 'README.md': '', 'package.json': '{}' };
    expect(contentProblems(program, files)).toEqual(['dist/program.js is named in package.json, and missing']);
    expect(contentProblems(program, { ...files, 'dist/program.js': `import 'node:fs';` })).toEqual([]);
  });

  it('is refused without a file that package.json names, or without the licence', () => {
    const { LICENSE: _, 'dist/index.cjs': __, ...files } = complete;
    expect(problemsOf(files)).toEqual(['LICENSE is missing', 'dist/index.cjs is named in package.json, and missing']);
  });

  it.each(['[docs](../docs/a.md)', '![](images/a.png)', '[docs]: docs/a.md', '<img src="images/a.png">'])(
    'is refused with a README whose links need the repository: %s',
    link => {
      const target = /(?:docs|images|\.\.)\/[\w/]+\.\w+/.exec(link)?.[0];
      expect(problemsOf({ ...complete, 'README.md': `See ${link}\n\n${link}\n` })).toContain(
        `README.md links to ${target}, which leads nowhere on the page of a registry`,
      );
    },
  );

  it('may have a README with absolute links and links to its own headings', () => {
    expect(
      problemsOf({ ...complete, 'README.md': 'See [Backstage](https://backstage.io) and [below](#below).' }),
    ).toEqual([]);
  });

  it.each([
    ['dist/index.js', `import { x } from 'undeclared';`],
    ['dist/index.js', `await import('undeclared');`],
    ['dist/index.cjs', `var client = __toESM(require('undeclared'));`],
    ['dist/index.d.ts', `export type X = import('undeclared').X;`],
    ['dist/index.d.cts', `import type { X } from 'undeclared';`],
  ])('is refused with an undeclared import in %s: %s', (path, code) => {
    const problem = `${path} imports undeclared, which @greenroom/cache-acme does not depend on`;
    expect(problemsOf({ ...complete, [path]: code })).toEqual([problem]);
  });
});

interface Named {
  readonly name: string;
}
const namesOf = (packages: readonly Named[]) => packages.map(({ name }) => name);

it('packageBounds has exactly the published packages', () => {
  expect(Object.keys(packageBounds)).toEqual(namesOf(publishedPackages().map(({ manifest }) => manifest as Named)));
});

it('a tarball is refused when it is larger than its bound', () => {
  const files = { 'package.json': '{}', 'README.md': 'ü' };
  expect(sizeProblems(files, { unpackedBytes: 4 })).toEqual([]);
  expect(sizeProblems(files, { unpackedBytes: 3 })).toEqual(['has 4 bytes unpacked, where 3 are allowed']);
});

describe('the dependencies that an app installs with a package', () => {
  let folder: string;
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'greenroom-dependencies-'));
  });
  afterEach(() => rmSync(folder, { recursive: true }));

  const install = (path: string, manifest: object) => {
    mkdirSync(join(folder, path), { recursive: true });
    writeFileSync(join(folder, path, 'package.json'), JSON.stringify(manifest));
  };
  const client = { name: 'client', version: '1.0.0', license: 'MIT' };
  const rules = { allowed: ['MIT', 'ISC'], stated: { 'plain@1.0.0': 'ISC' } };
  const problems = (maxDependencies = 10) => {
    const found: string[] = dependencyProblems({
      dependencies: productionDependencies(folder),
      maxDependencies,
      rules,
    });
    return found;
  };

  it('include each version of nested packages once, and their number is bounded', () => {
    install('.', { dependencies: { client: '1', other: '1' }, devDependencies: { absent: '1' } });
    install('node_modules/client', { ...client, dependencies: { other: '2' } });
    install('node_modules/client/node_modules/other', { name: 'other', version: '2.0.0', license: 'MIT' });
    install('node_modules/other', { name: 'other', version: '1.0.0', license: 'MIT', dependencies: { client: '1' } });
    const found = productionDependencies(folder);
    const versions = [{ version: '1.0.0' }, { version: '2.0.0' }, { version: '1.0.0' }];
    expect(namesOf(found)).toEqual(['client', 'other', 'other']);
    expect(found).toMatchObject(versions);
    expect(problems(3)).toEqual([]);
    expect(problems(2)).toEqual(['brings 3 packages, where 2 are allowed']);
  });

  it('include required peers and installed optional dependencies', () => {
    install('.', {
      dependencies: { optional: '1' },
      optionalDependencies: { optional: '1', elsewhere: '1' },
      peerDependencies: { client: '1', absent: '1' },
      peerDependenciesMeta: { absent: { optional: true } },
    });
    install('node_modules/client', client);
    install('node_modules/optional', { ...client, name: 'optional' });
    expect(namesOf(productionDependencies(folder))).toEqual(['client', 'optional']);
  });

  it('make the check throw while one of them is not installed', () => {
    install('.', { dependencies: { client: '1' } });
    expect(() => problems()).toThrow('client, which');
  });

  it.each([
    ['AGPL-3.0-only', 'client@1.0.0 has the licence AGPL-3.0-only'],
    ['MIT AND AGPL-3.0-only', 'client@1.0.0 has the licence MIT AND AGPL-3.0-only'],
    ['(MIT OR ISC) AND CC-BY-4.0', 'client@1.0.0 has the licence (MIT OR ISC) AND CC-BY-4.0'],
    ['SEE LICENSE IN LICENSE', 'client@1.0.0 has the licence SEE LICENSE IN LICENSE'],
    [undefined, 'client@1.0.0 names no licence'],
  ])('are refused when one has the licence %s', (license, problem) => {
    install('.', { dependencies: { direct: '1' } });
    install('node_modules/direct', { ...client, name: 'direct', dependencies: { client: '1' } });
    install('node_modules/client', { ...client, license });
    expect(problems()).toEqual([problem]);
  });

  it.each([
    ['client', { license: '(AGPL-3.0-only OR MIT)' }],
    ['client', { license: 'MIT AND ISC' }],
    ['client', { license: { type: 'MIT' } }],
    ['client', { license: undefined, licenses: [{ type: 'GPL-2.0' }, { type: 'MIT' }] }],
    ['plain', { license: undefined }],
  ])('may include the package %s with the manifest fields %j', (name, licence) => {
    install('.', { dependencies: { [name]: '1' } });
    install(`node_modules/${name}`, { ...client, name, ...licence });
    expect(problems()).toEqual([]);
  });
});

describe('the files that Node loads for a package', () => {
  let folder: string;
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'greenroom-imports-'));
  });
  afterEach(() => rmSync(folder, { recursive: true }));

  const problems = async (
    code: string,
    bounds: { readonly modules: number; readonly importRatio: number },
    rounds?: number,
  ) => {
    writeFileSync(join(folder, 'index.cjs'), code);
    const found: string[] = await importProblems({ specifier: './index.cjs', folder, bounds, rounds });
    return found;
  };

  it('are refused when they are more than the bound', async () => {
    writeFileSync(join(folder, 'part.cjs'), '');
    const code = `require('./part.cjs');`;
    // All rounds load the same files, so one is enough.
    expect(await problems(code, { modules: 2, importRatio: 10 }, 1)).toEqual([]);
    expect(await problems(code, { modules: 1, importRatio: 10 }, 1)).toEqual(['loads 2 files, where 1 are allowed']);
  });

  it('are refused when they take longer to load than the bound', async () => {
    const code = 'const until = process.cpuUsage().user + 100_000; while (process.cpuUsage().user < until);';
    const [problem] = await problems(code, { modules: 1, importRatio: 1 });
    expect(problem).toMatch(/^takes \d+\.\d times @backstage\/backend-plugin-api to load, where 1 is allowed$/);
  });
});

describe('the API report of a package', () => {
  let folder: string;
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'greenroom-report-'));
    write('package.json', '{ "name": "@greenroom/cache-acme", "version": "0.1.0" }');
    write('tsconfig.json', '{ "compilerOptions": { "lib": ["ES5"], "types": [] }, "files": ["index.d.ts"] }');
  });
  afterEach(() => rmSync(folder, { recursive: true }));

  const write = (path: string, text: string) => writeFileSync(join(folder, path), text);
  const problems = (options: { readonly write?: boolean } = {}): readonly string[] =>
    apiReportProblems({ folder, subpath: '.', typesFile: 'index.d.ts', ...options });

  it('is refused when a public member has no documentation', () => {
    write('index.d.ts', '/** Options. */\nexport interface AcmeOptions {\n  readonly url: string;\n}\n');
    expect(problems()).toContain('Missing documentation for "url".');
  });

  it('is accepted once it is written, and refused when it differs from the API', () => {
    write('index.d.ts', '/** Where the server is. */\nexport declare const url: string;\n');
    problems({ write: true });
    expect(problems()).toEqual([]);
    write('index.d.ts', '/** Where the server is. */\nexport declare const url: number;\n');
    expect(problems().join('\n')).toContain('changed the API signature');
    expect(problems().join('\n')).not.toContain('written: ');
    for (const change of problems({ write: true })) expect(change).toMatch(/^written: /);
    expect(problems()).toEqual([]);
  });
});

describe('a release without a change of its own', () => {
  const released = { '@greenroom/cache-core': '0.2.0' };
  const sentence = 'No change of its own. It comes with `@greenroom/cache-core` 0.2.0.\n';

  it('names the packages that it comes with', () => {
    expect(fillEmptyRelease('# acme\n\n## 0.1.1\n', released)).toBe(`# acme\n\n## 0.1.1\n\n${sentence}`);
    expect(fillEmptyRelease('# acme\n\n## 0.1.1\n\n## 0.1.0\n\n- First\n', released)).toBe(
      `# acme\n\n## 0.1.1\n\n${sentence}\n## 0.1.0\n\n- First\n`,
    );
  });

  it.each([
    ['with a change of its own', '# acme\n\n## 0.1.1\n\n### Patch Changes\n\n- Mends it\n', released],
    ['in which no other package was released', '# acme\n\n## 0.1.1\n', {}],
  ])('the changelog of a release %s stays unchanged', (_, changelog, dependencies) => {
    expect(fillEmptyRelease(changelog, dependencies)).toBe(changelog);
  });

  it('joins the names of several packages with commas and a final "and"', () => {
    expect(fillEmptyRelease('# acme\n\n## 0.1.1\n', { a: '1.0.0', b: '1.1.0', c: '2.0.0' })).toContain(
      'It comes with `a` 1.0.0, `b` 1.1.0, and `c` 2.0.0.',
    );
  });

  it('names released dependencies, or released devDependencies when it has no dependencies', () => {
    const released = { core: '0.2.0', redis: '0.1.1', memory: '0.1.1' };
    const devDependencies = { core: 'workspace:*', redis: 'workspace:*' };
    expect(releasedWith({ dependencies: { core: '', other: '' }, devDependencies }, released)).toEqual({
      core: '0.2.0',
    });
    expect(releasedWith({ dependencies: { other: '' }, devDependencies }, released)).toEqual({});
    expect(releasedWith({ devDependencies }, released)).toEqual({ core: '0.2.0', redis: '0.1.1' });
    expect(releasedWith({}, released)).toEqual({});
  });
});

describe('the text of a changeset in a CHANGELOG', () => {
  it('becomes a list item, and no line about dependencies is added', async () => {
    expect(await getReleaseLine({ summary: 'Mends it.\n\n- And this.\n' })).toBe('- Mends it.\n\n  - And this.');
    expect(await getDependencyReleaseLine()).toBe('');
  });
});

describe('a change of an API report', () => {
  let folder: string;
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'greenroom-changes-'));
    git('init', '--quiet', '--initial-branch=main');
    write('.changeset/config.json', '{ "baseBranch": "main" }');
    write('packages/cache-acme/package.json', '{\n  "name": "@greenroom/cache-acme",\n  "version": "0.1.0"\n}\n');
    write('packages/cache-acme/report.api.md', 'export const a;\n');
    commit();
  });
  afterEach(() => rmSync(folder, { recursive: true }));

  function git(...args: string[]): void {
    const identity = ['-c', 'user.name=test', '-c', 'user.email=test@localhost', '-c', 'core.hooksPath=/dev/null'];
    execFileSync('git', [...identity, ...args], { cwd: folder });
  }
  function commit(): void {
    git('add', '--all');
    git('commit', '--quiet', '--message=Change something');
  }
  function write(path: string, text: string): void {
    mkdirSync(dirname(join(folder, path)), { recursive: true });
    writeFileSync(join(folder, path), text);
  }
  const changeReport = () => write('packages/cache-acme/report.api.md', 'export const b;\n');
  const describeChange = (name: string, packageName = '@greenroom/cache-acme') =>
    write(`.changeset/${name}.md`, `---\n'${packageName}': minor\n---\n\nA change.\n`);
  const problems = () => changesetProblems(folder);
  const undescribed = ['packages/cache-acme/report.api.md changed without a changeset'];

  it('needs a changeset on the main branch, committed or not', () => {
    expect(problems()).toEqual([]);
    changeReport();
    expect(problems()).toEqual(undescribed);
    commit();
    expect(problems()).toEqual(undescribed);
    describeChange('rename');
    expect(problems()).toEqual([]);
    commit();
    expect(problems()).toEqual([]);
  });

  it('needs a changeset that names the package', () => {
    changeReport();
    describeChange('rename', '@greenroom/cache-other');
    expect(problems()).toEqual(undescribed);
  });

  it('needs no further changeset after the release', () => {
    changeReport();
    commit();
    write('packages/cache-acme/package.json', '{\n  "name": "@greenroom/cache-acme",\n  "version": "0.2.0"\n}\n');
    commit();
    expect(problems()).toEqual([]);
  });

  it('needs no changeset on a branch that releases the package, but a later change needs one', () => {
    git('switch', '--quiet', '--create', 'release');
    changeReport();
    describeChange('rename');
    commit();
    rmSync(join(folder, '.changeset/rename.md'));
    write('packages/cache-acme/package.json', '{\n  "name": "@greenroom/cache-acme",\n  "version": "0.2.0"\n}\n');
    expect(problems()).toEqual([]);
    commit();
    expect(problems()).toEqual([]);
    write('packages/cache-acme/report.api.md', 'export const c;\n');
    expect(problems()).toEqual(undescribed);
    commit();
    expect(problems()).toEqual(undescribed);
    describeChange('again');
    expect(problems()).toEqual([]);
  });

  it('needs a changeset from the branch on which it is made', () => {
    describeChange('earlier');
    commit();
    git('switch', '--quiet', '--create', 'rename');
    changeReport();
    commit();
    expect(problems()).toEqual(undescribed);
    describeChange('rename');
    commit();
    expect(problems()).toEqual([]);
  });

  it('needs a changeset for a new package too', () => {
    git('switch', '--quiet', '--create', 'new');
    write('packages/cache-new/package.json', '{\n  "name": "@greenroom/cache-new",\n  "version": "0.0.0"\n}\n');
    write('packages/cache-new/report.api.md', 'export const a;\n');
    expect(problems()).toEqual(['packages/cache-new/report.api.md changed without a changeset']);
    describeChange('new', '@greenroom/cache-new');
    expect(problems()).toEqual([]);
  });
});
