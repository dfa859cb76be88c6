import { cp, mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { sendCommands, startRedis } from '@greenroom/test-servers';
import type { TestServer } from '@greenroom/test-servers';
import { npm, ownEnvironment, runIn } from './packageManagers';
import { packPackages } from './packPackages';
import { startBackend } from './startBackend';

/** Reads the steps in docs/operations.md. */
async function readSteps() {
  const page = await readFile(join(__dirname, '../docs/operations.md'), 'utf8');
  const [, section = ''] = /\n## Red Hat Developer Hub\n(.*?)\n## /s.exec(page) ?? [];
  const read = (language: string) => new RegExp(`^ *\`\`\`${language}\\n(.*?)^ *\`\`\``, 'ms').exec(section)?.[1] ?? '';
  return { manifest: JSON.parse(read('json')) as object, entry: read('js'), commands: read('sh') };
}

let app: string;
let redis: TestServer;

beforeAll(async () => {
  app = await mkdtemp(join(tmpdir(), 'greenroom-dynamic-'));
  const tarballs = await packPackages(app);
  await cp(join(__dirname, 'dynamicBackend.mjs'), join(app, 'backend.mjs'));
  await npm.install(app, {
    dependencies: {
      '@backstage/backend-defaults': '0.18.0',
      '@backstage/backend-dynamic-feature-service': '0.8.7',
      '@backstage/backend-plugin-api': '1.10.1',
    },
    tarballs: {},
  });
  // The loader looks for the root of a workspace.
  const manifest = JSON.parse(await readFile(join(app, 'package.json'), 'utf8')) as object;
  await writeFile(join(app, 'package.json'), JSON.stringify({ ...manifest, workspaces: ['packages/*'] }));

  const steps = await readSteps();
  const wrapper = join(app, 'wrapper');
  await mkdir(wrapper);
  const names = steps.commands.match(/@greenroom\/[\w-]+(?= |$)/gm) ?? [];
  const dependencies = Object.fromEntries(names.map(name => [name, tarballs[name]]));
  await writeFile(
    join(wrapper, 'package.json'),
    JSON.stringify({ ...steps.manifest, dependencies, overrides: tarballs }),
  );
  await writeFile(join(wrapper, 'index.cjs'), steps.entry);
  await runIn(wrapper, 'sh', ['-euc', steps.commands.replace(/(npm install) .*/, '$1')]);
  const plugins = join(app, 'plugins');
  await mkdir(plugins);
  await runIn(plugins, 'tar', ['xzf', join(wrapper, 'greenroom-cache-dynamic-1.0.0.tgz')]);

  redis = await startRedis();
}, 300_000);
afterAll(async () => {
  await redis?.stop();
  await rm(app, { recursive: true, force: true });
}, 300_000);

/** Asks the plugin of a backend for its value. Resolves to the keys that are then stored, the log, and an answer of the cache plugin. */
async function run(environment: Record<string, string>) {
  await sendCommands(redis, [['FLUSHALL']]);
  const backend = await startBackend(
    app,
    'backend.mjs',
    { cache: { store: 'redis', connection: redis.url }, dynamicPlugins: { rootDirectory: 'plugins' } },
    { ...ownEnvironment(), ...environment },
  );
  try {
    expect(await backend.request('trial')).toBe('"bob"');
    const [keys] = await sendCommands(redis, [['KEYS', '*']]);
    return { keys, log: backend.log(), status: await backend.request('cache/v1/status') };
  } finally {
    await backend.stop();
  }
}

it('the package from docs/operations.md adds the cache service and the plugin to Developer Hub', async () => {
  const { keys, log, status } = await run({ ENABLE_CORE_CACHE_OVERRIDE: 'true' });
  expect(keys).toEqual(['trial:some-key']);
  expect(log).toContain("loaded dynamic backend plugin 'greenroom-cache-dynamic'");
  expect(log).toContain('Caching in redis');
  // This is the secret in `connection`: the schemas in the package are found.
  expect(log).toContain('Found 1 new secrets');
  expect(status).not.toContain('NotFoundError');
});

it('the built-in cache stays in use without ENABLE_CORE_CACHE_OVERRIDE', async () => {
  const { keys } = await run({});
  expect(keys).toEqual(['trial:c29tZS1rZXk=']);
});
