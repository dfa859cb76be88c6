import { startRedis } from '@greenroom/test-servers';
import type { TestServer } from '@greenroom/test-servers';
import type { DoctorReport } from '../doctor/diagnose';
import { createApp } from '../testSupport/createApp';
import type { App } from '../testSupport/createApp';
import { runInProcess } from '../testSupport/startProgram';

const password = 'hunter2-seeded';

let app: App;
let server: TestServer;
beforeAll(async () => {
  app = await createApp(['redis']);
  server = await startRedis({
    credentials: { password },
    args: ['--maxmemory', '64mb', '--maxmemory-policy', 'noeviction'],
  });
});
afterAll(() => Promise.all([app.remove(), server.stop()]));

const configOf = (cache: object) => app.write('app-config.yaml', { backend: { cache: { store: 'redis', ...cache } } });
const run = (...args: readonly string[]) => app.run(['doctor', ...args]);

it('prints what a warning means and how to fix it, and exits with 1 only with --strict', async () => {
  await configOf({ connection: server.url });
  const { code, stdout, stderr } = await runInProcess(app, ['doctor']);
  expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
  expect(stdout).toContain(
    `WARNING  memory.noeviction  ${server.host}:${server.port}\n         A full server refuses writes\n`,
  );
  expect(stdout).toContain('         What to do: Set maxmemory-policy to allkeys-lru, or to allkeys-lfu.\n');
  expect(stdout).toContain('         See docs/operations.md#memorynoeviction\n');
  expect(stdout).toMatch(
    new RegExp(`^redis at ${server.host}:${server.port}: 0 errors, 1 warning, \\d+ info, in `, 'm'),
  );
  expect(await run('--strict')).toMatchObject({ code: 1, stdout: expect.stringContaining('memory.noeviction') });
});

it('prints only the report as JSON with --json', async () => {
  await configOf({ connection: server.url });
  const { code, stdout } = await run('--json');
  expect(code).toBe(0);
  expect(JSON.parse(stdout)).toMatchObject({
    ...{ version: 1, store: 'redis', servers: [`${server.host}:${server.port}`], durationMs: expect.any(Number) },
    findings: expect.arrayContaining([
      expect.objectContaining({
        id: 'memory.noeviction',
        severity: 'warning',
        docs: 'docs/operations.md#memorynoeviction',
      }),
    ]),
  });
});

it.each<[string, object, number, string]>([
  ['the password is wrong', { connection: 'redis://:hunter2-wrong@HOST' }, 1, 'auth.failed'],
  ['there is no password', { connection: 'redis://HOST' }, 1, 'auth.failed'],
  ['the configuration is wrong', { connection: 'redis://:hunter2-seeded@HOST/#x' }, 2, 'config.invalid'],
  ['the package of the store is missing', { store: 'valkey', connection: 'HOST' }, 2, 'config.invalid'],
])('fails when %s, and prints no password', async (_when, cache, exitCode, id) => {
  const address = `${server.host}:${server.port}`;
  await configOf(JSON.parse(JSON.stringify(cache).replace('HOST', address)) as object);
  const [printed, { code, stdout }] = await Promise.all([run(), run('--json')]);
  expect([printed.code, code]).toEqual([exitCode, exitCode]);
  expect(printed.stdout).toMatch(new RegExp(`^ERROR +${id}`, 'm'));
  expect((JSON.parse(stdout) as DoctorReport).findings.map(finding => finding.id)).toContain(id);
  expect(JSON.stringify([printed, stdout])).not.toContain('hunter2');
});
