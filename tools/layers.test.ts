import { execFile } from 'node:child_process';
import { mkdir, mkdtemp, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { promisify } from 'node:util';
import { publishedPackages } from './workspace.mjs';

const root = join(__dirname, '..');
const core = '@greenroom/cache-core';

/** A file that imports something, and whether it may. */
type Probe = readonly [file: string, specifier: string, allowed: boolean];

/** Files that probes import by their paths. */
const targets = [
  'packages/cache-core/src/index.ts',
  ...['contract', 'keys', 'values', 'near', 'config', 'guard', 'testing'].map(
    layer => `packages/cache-core/src/${layer}/here.ts`,
  ),
  ...['protocol', 'options', 'connection'].map(layer => `packages/cache-memcache/src/${layer}/here.ts`),
  ...['figures', 'log', 'metrics', 'operator'].map(layer => `packages/cache-backstage/src/${layer}/here.ts`),
  ...['usage', 'config', 'drivers', 'sources', 'commands'].map(layer => `packages/cache-cli/src/${layer}/here.ts`),
  ...['access', 'operations'].map(layer => `packages/cache-plugin/src/${layer}/here.ts`),
  ...['config', 'errors', 'connection', 'commands', 'cluster', 'sentinel'].map(
    layer => `internal/redis-common/src/${layer}/here.ts`,
  ),
  ...['helpers', 'protocol', 'engines', 'servers'].map(layer => `internal/test-servers/src/${layer}/here.ts`),
  'packages/cache-core/src/guard/here.test.ts',
];

const names = (publishedPackages() as { manifest: { name: string } }[]).map(({ manifest }) => manifest.name);
const folders = [...names.map(name => name.replace('@greenroom/', 'packages/')), 'internal/redis-common'];

const packageProbes = folders.flatMap((folder): Probe[] => {
  const name = folder.replace(/^.*\//, '@greenroom/');
  const source = `${folder}/src`;
  const isOfBackstage = /cache-(backstage|cli|plugin)$/.test(name);
  const isCore = name === core;
  const standsAlone = isCore || name === '@greenroom/create-cache-driver';
  const otherDriver = names.find(other => other !== name && /redis|valkey/.test(other)) ?? '';
  return [
    [`${source}/file.ts`, 'node:fs', true],
    [`${source}/file.ts`, './here', true],
    [`${source}/file.ts`, '@backstage/config', isOfBackstage],
    [`${source}/file.ts`, core, !standsAlone],
    [`${source}/file.ts`, 'some-client', !standsAlone],
    [`${source}/file.ts`, otherDriver, false],
    [`${source}/file.ts`, `${core}/testing`, false],
    [`${source}/file.ts`, '@greenroom/test-servers', false],
    [`${source}/file.ts`, './testSupport/here', false],
    [`${source}/file.ts`, './here.test', false],
    [`${source}/file.ts`, '../../../internal/redis-common/src/here', folder === 'internal/redis-common'],
    [`${source}/file.test.ts`, '@greenroom/test-servers', true],
    [`${source}/file.test.ts`, './testSupport/here', true],
    [`${source}/file.test.ts`, '../../../packages/cache-core/src/index', isCore],
    [`${source}/file.test.ts`, otherDriver, isOfBackstage],
    [`${source}/file.test.ts`, '@backstage/config', isOfBackstage],
  ];
});

const layerProbes: readonly Probe[] = [
  ['packages/cache-core/src/contract/file.ts', '../keys/here', false],
  ['packages/cache-core/src/contract/file.ts', '../guard/here', false],
  ['packages/cache-core/src/contract/file.ts', '../index', false],
  ['packages/cache-core/src/keys/file.ts', '../contract/here', true],
  ['packages/cache-core/src/keys/file.ts', '../values/here', false],
  ['packages/cache-core/src/values/file.ts', '../config/here', false],
  ['packages/cache-core/src/near/file.ts', '../values/here', true],
  ['packages/cache-core/src/near/file.ts', '../guard/here', false],
  ['packages/cache-core/src/config/file.ts', '../guard/here', false],
  ['packages/cache-core/src/guard/file.ts', '../values/here', true],
  ['packages/cache-core/src/guard/file.ts', '../config/here', false],
  ['packages/cache-core/src/guard/file.ts', '../index', false],
  ['packages/cache-core/src/guard/file.ts', '../testing/here', false],
  ['packages/cache-core/src/guard/file.test.ts', '../index', true],
  ['packages/cache-core/src/guard/file.test.ts', '../testing/here', true],
  ['packages/cache-core/src/file.ts', './guard/here', true],
  ['packages/cache-core/src/file.ts', './testing/here', false],
  ['packages/cache-core/src/testing/file.ts', '../index', true],
  ['packages/cache-core/src/testing/file.ts', '../guard/here.test', false],
  ['packages/cache-core/src/newFolder/file.ts', '../contract/here', false],
  ['packages/cache-memcache/src/protocol/file.ts', '../options/here', false],
  ['packages/cache-memcache/src/options/file.ts', '../connection/here', false],
  ['packages/cache-memcache/src/connection/file.ts', '../protocol/here', true],
  ['packages/cache-memcache/src/connection/file.ts', '../here', false],
  ['packages/cache-memcache/src/file.ts', './connection/here', true],
  ['packages/cache-backstage/src/file.ts', './log/here', true],
  ['packages/cache-backstage/src/log/file.ts', '../metrics/here', false],
  ['packages/cache-backstage/src/figures/file.ts', '../log/here', false],
  ['packages/cache-backstage/src/metrics/file.ts', '../figures/here', true],
  ['packages/cache-backstage/src/operator/file.ts', '../figures/here', true],
  ['packages/cache-backstage/src/operator/file.ts', '../metrics/here', false],
  ['packages/cache-cli/src/config/file.ts', '../drivers/here', false],
  ['packages/cache-cli/src/sources/file.ts', '../drivers/here', true],
  ['packages/cache-cli/src/sources/file.ts', '../commands/here', false],
  ['packages/cache-cli/src/commands/file.ts', '../sources/here', true],
  ['packages/cache-cli/src/usage/file.ts', '../config/here', false],
  ['packages/cache-plugin/src/access/file.ts', '../operations/here', false],
  ['packages/cache-plugin/src/http/file.ts', '../operations/here', true],
  ['packages/cache-plugin/src/http/file.ts', '../access/here', false],
  ['internal/redis-common/src/config/file.ts', '../errors/here', false],
  ['internal/redis-common/src/errors/file.ts', '../config/here', true],
  ['internal/redis-common/src/connection/file.ts', '../errors/here', true],
  ['internal/redis-common/src/connection/file.ts', '../commands/here', false],
  ['internal/redis-common/src/connection/file.ts', '../cluster/here', false],
  ['internal/redis-common/src/commands/file.ts', '../connection/here', true],
  ['internal/redis-common/src/cluster/file.ts', '../sentinel/here', false],
  ['internal/redis-common/src/cluster/file.ts', '../connection/here', true],
  ['internal/redis-common/src/sentinel/file.ts', '../cluster/here', false],
  ['internal/redis-common/src/file.ts', './sentinel/here', true],
  ['internal/test-servers/src/protocol/file.ts', '../helpers/here', true],
  ['internal/test-servers/src/protocol/file.ts', '../servers/here', false],
  ['internal/test-servers/src/engines/file.ts', '../servers/here', false],
  ['internal/test-servers/src/servers/file.ts', '../engines/here', true],
  ['internal/test-servers/src/file.ts', core, false],
  // The template belongs to a third-party package.
  ['packages/create-cache-driver/template/src/file.ts', core, true],
  ['packages/create-cache-driver/template/src/file.ts', `${core}/testing`, true],
  ['packages/create-cache-driver/template/src/file.ts', '@greenroom/cache-backstage', true],
];

const kinds = [
  ['values', (specifier: string) => `import '${specifier}';\n`],
  ['types only', (specifier: string) => `import type { Here } from '${specifier}';\n`],
] as const;
const probesByKind = new Map(
  kinds.map(([kind, toCode]) => [
    kind,
    [...packageProbes, ...layerProbes].map(([file, specifier, allowed], index) => ({
      file: file.replace(/file(?=(\.test)?\.ts$)/, `${kind.replace(' ', '')}${index}`),
      code: toCode(specifier),
      allowed,
    })),
  ]),
);

describe('the layer check', () => {
  const refused = new Map<string, string[]>();

  // Writes a repository with all these imports, and runs the gate on it once.
  beforeAll(async () => {
    const folder = await mkdtemp(join(tmpdir(), 'greenroom-layers-'));
    const write = async (file: string, code: string) => {
      await mkdir(dirname(join(folder, file)), { recursive: true });
      await writeFile(join(folder, file), code);
    };
    const inEach = ['here.ts', 'here.test.ts', 'testSupport/here.ts'];
    const allTargets = [...targets, ...folders.flatMap(source => inEach.map(file => `${source}/src/${file}`))];
    const probes = [...probesByKind.values()].flat();
    const load = `export const load = () => import('@greenroom/cache-redis');\n`;
    try {
      await Promise.all([
        symlink(join(root, 'node_modules'), join(folder, 'node_modules')),
        ...allTargets.map(file => write(file, 'export interface Here {}\n')),
        ...probes.map(({ file, code }) => write(file, code)),
        write(
          'internal/redis-common/src/one.ts',
          `import type { Two } from './two';\nexport interface One { two: Two }\n`,
        ),
        write(
          'internal/redis-common/src/two.ts',
          `import type { One } from './one';\nexport interface Two { one: One }\n`,
        ),
        write('packages/cache-backstage/src/load.ts', load),
        write('packages/cache-memory/src/load.ts', load),
      ]);
      for (const { from, rule } of await listViolations(folder)) {
        refused.set(from, [...(refused.get(from) ?? []), rule.name]);
      }
    } finally {
      await rm(folder, { recursive: true });
    }
  });

  it.each(kinds)('refuses exactly the forbidden imports of %s', kind => {
    const wrong = probesByKind.get(kind)?.filter(({ file, allowed }) => refused.has(file) === allowed);
    expect(wrong?.map(probe => ({ ...probe, refusedBy: refused.get(probe.file) }))).toEqual([]);
  });

  it('refuses circular imports, even of types only', () => {
    const ofCircle = [...refused].filter(([file]) => /(one|two)\.ts$/.test(file));
    expect(ofCircle.map(([, rules]) => rules)).toEqual([['no circles']]);
  });

  it('lets only the adapter load a driver dynamically', () => {
    expect([...refused].filter(([file]) => file.endsWith('load.ts'))).toEqual([
      ['packages/cache-memory/src/load.ts', ['drivers on their own']],
    ]);
  });
});

interface Violation {
  readonly from: string;
  readonly rule: { readonly name: string };
}

async function listViolations(folder: string): Promise<readonly Violation[]> {
  const program = join(root, 'node_modules/dependency-cruiser/bin/dependency-cruise.mjs');
  const config = join(root, '.dependency-cruiser.mjs');
  const args = [program, 'packages', 'internal', '--config', config, '--output-type', 'json'];
  // The program's exit code is the number of violations.
  const { stdout } = await promisify(execFile)(process.execPath, args, { cwd: folder, maxBuffer: 1e8 }).catch(
    (error: { readonly stdout: string }) => error,
  );
  return (JSON.parse(stdout) as { summary: { violations: readonly Violation[] } }).summary.violations;
}
