import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { createApp } from '../testSupport/createApp';
import type { App } from '../testSupport/createApp';

let app: App;
beforeAll(async () => {
  app = await createApp([]);
  // Loads the module as the Backstage CLI loads one that it finds among the dependencies of the app.
  await app.write(
    'cli.cjs',
    `const { runCli } = require('@backstage/cli-node');
    import(require.resolve('@greenroom/cache-cli')).then(({ default: module }) =>
      runCli({ modules: ['default' in module ? module.default : module], name: 'backstage-cli', version: '1' }));`,
  );
});
afterAll(() => app.remove());

const run = (...args: readonly string[]) =>
  promisify(execFile)(process.execPath, [join(app.folder, 'cli.cjs'), ...args], {
    ...{ cwd: app.folder, env: { PATH: process.env.PATH, NODE_PATH: '' } },
  }).then(
    ({ stdout, stderr }) => ({ code: 0, stdout, stderr }),
    ({ code, stdout, stderr }: { code: number; stdout: string; stderr: string }) => ({ code, stdout, stderr }),
  );

it('backstage-cli cache --help lists doctor, stats, inspect and clear', async () => {
  const { stdout } = await run('cache', '--help');
  for (const command of ['doctor', 'stats', 'inspect', 'clear'])
    expect(stdout).toMatch(new RegExp(`^ *${command} `, 'm'));
});

it('backstage-cli cache clear offers --dry-run and exits with 2 when --plugin is missing', async () => {
  expect(await run('cache', 'clear', '--help')).toMatchObject({
    code: 0,
    stdout: expect.stringContaining('--dry-run'),
  });
  expect(await run('cache', 'clear')).toEqual({
    code: 2,
    stdout: '',
    stderr: expect.stringContaining('clear needs --plugin ID'),
  });
});
