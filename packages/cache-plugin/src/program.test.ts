import { execFile } from 'node:child_process';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { promisify } from 'node:util';
import { serviceTokens, startBackend } from './testSupport/startBackend';
import type { RunningBackend } from './testSupport/startBackend';

/** The built command-line program for operators. */
const program = join(dirname(require.resolve('@greenroom/cache-cli/package.json')), 'dist/bin.cjs');

let replicas: readonly RunningBackend[];
beforeAll(async () => {
  replicas = await Promise.all([startBackend({ store: 'memory' }), startBackend({ store: 'memory' })]);
  const [first, second] = replicas.map(({ cacheOf }) => cacheOf('catalog'));
  await first?.set('user:default/bob', 'x'.repeat(2000), { ttl: 600_000 });
  await first?.set('a b', 'x');
  await second?.set('other', 'x');
  await first?.get('a b');
  await first?.get('absent');
});

async function run(token: string | undefined, ...args: readonly string[]) {
  const urls = replicas.flatMap(({ url }) => ['--url', url]);
  const env = { PATH: process.env.PATH, ...(token !== undefined && { GREENROOM_CACHE_TOKEN: token }) };
  return promisify(execFile)(process.execPath, [program, ...args, ...urls], { cwd: tmpdir(), env }).then(
    ({ stdout, stderr }) => ({ code: 0, stdout, stderr }),
    ({ code, stdout, stderr }: { code: number; stdout: string; stderr: string }) => ({ code, stdout, stderr }),
  );
}

describe('greenroom-cache with backends that use the memory store', () => {
  it('prints the figures of each backend and their sums', async () => {
    const { code, stdout, stderr } = await run(serviceTokens.reading, 'stats');
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
    expect(stdout.match(/^memory: available since /gm)).toHaveLength(2);
    expect(stdout).toMatch(/^catalog +1 +1 +50 % +0 +0 +2 +1 +2 /m);
    expect(stdout).toMatch(/2 replicas together\n\n.*\ncatalog +1 +1 +50 % +0 +0 +3 +2 +3 /);
  });

  it('lists the entries of each backend and never a value', async () => {
    const { code, stdout, stderr } = await run(serviceTokens.reading, 'inspect', '--plugin', 'catalog');
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
    expect(stdout).toMatch(/^ *2\.\d KiB +(10|9\.\d) min +user:default\/bob$/m);
    expect(stdout).toMatch(/ +never +a b$/m);
    expect(stdout).toMatch(/ +never +other$/m);
    expect(stdout).not.toContain('xx');
  });

  it.each<[string, string | undefined, string, string]>([
    ['it has no token', undefined, 'stats', 'answers 401'],
    ['the backends do not know its token', 'hunter2', 'stats', 'answers 401'],
    ['its token is limited to another plugin', serviceTokens.elsewhere, 'stats', 'answers 403'],
    ['its token does not allow a clear', serviceTokens.reading, 'clear', 'answers 403'],
  ])('exits with 1 and says what to do when %s', async (_how, token, command, message) => {
    const { code, stderr } = await run(token, command, ...(command === 'clear' ? ['--plugin=catalog'] : []));
    expect({ code, stderr }).toEqual({ code: 1, stderr: expect.stringContaining(`${replicas[0]?.url} ${message}`) });
    expect(stderr).toMatch(/GREENROOM_CACHE_TOKEN|The token needs the permission/);
    expect(stderr).not.toContain(token ?? 'no token');
  });

  it('counts with --dry-run without removing, and clears each backend', async () => {
    const dry = await run(serviceTokens.everything, 'clear', '--plugin=catalog', '--dry-run');
    expect(dry).toMatchObject({ code: 0, stdout: expect.stringContaining('2 entries would be removed; nothing was.') });

    const { code, stdout } = await run(serviceTokens.clearing, 'clear', '--plugin', 'catalog');
    expect(code).toBe(0);
    expect(stdout).toMatch(
      /2 entries removed\. From this replica alone\.\n.*1 entry removed\. From this replica alone\.\n/,
    );
    expect(await replicas[0]?.cacheOf('catalog').get('a b')).toBeUndefined();
  });
});
