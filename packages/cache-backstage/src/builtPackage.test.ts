import { execFile } from 'node:child_process';
import { cp, mkdir, mkdtemp, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';

const packages = join(__dirname, '../..');
const script = `
  const { ServiceFactoryTester, mockServices } = testUtils;
  const config = { backend: { cache: { store: process.argv[2], connection: 'redis://localhost:1' } } };
  const tester = ServiceFactoryTester.from(adapter.default, {
    dependencies: [mockServices.rootConfig.factory({ data: config })],
  });
  const cache = await tester.getSubject('catalog').catch(error => error);
  if (cache instanceof Error) console.log(cache.cause?.message ?? cache.message);
  else {
    await cache.set('key', 'stored');
    console.log(await cache.get('key'));
  }
  process.exit();
`;

/** A folder in which the built adapter is installed without any package of a store but memory. */
let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'greenroom-'));
  const scope = join(folder, 'node_modules/@greenroom');
  await mkdir(scope, { recursive: true });
  for (const file of ['dist', 'package.json']) {
    await cp(join(packages, 'cache-backstage', file), join(scope, 'cache-backstage', file), { recursive: true });
  }
  await symlink(join(packages, 'cache-core'), join(scope, 'cache-core'));
  await symlink(join(packages, 'cache-memory'), join(scope, 'cache-memory'));
  await symlink(join(packages, 'cache-backstage/node_modules/@backstage'), join(folder, 'node_modules/@backstage'));
  await writeFile(
    join(folder, 'esm.mjs'),
    `import * as adapter from '@greenroom/cache-backstage';\nimport testUtils from '@backstage/backend-test-utils';\n${script}`,
  );
  await writeFile(
    join(folder, 'commonjs.cjs'),
    `const adapter = require('@greenroom/cache-backstage');\nconst testUtils = require('@backstage/backend-test-utils');\n(async () => {${script}})();`,
  );
});
afterAll(() => rm(folder, { recursive: true, force: true }));

describe.each(['esm.mjs', 'commonjs.cjs'])('the built package, used from %s', file => {
  async function run(store: string): Promise<string> {
    // pnpm sets NODE_PATH for the programs that it starts, and with it the whole workspace would be installed.
    const env = { ...process.env, NODE_PATH: '' };
    const { stdout } = await promisify(execFile)(process.execPath, [join(folder, file), store], { env });
    return stdout.trim();
  }

  it('caches in memory', async () => {
    expect(await run('memory')).toBe('stored');
  }, 20_000);

  it('says which package is missing and how to add it', async () => {
    expect(await run('redis')).toContain(
      "The cache store 'redis' needs the package @greenroom/cache-redis, which is not installed. " +
        'Add it to the backend, for example: yarn --cwd packages/backend add @greenroom/cache-redis',
    );
  }, 20_000);
});
