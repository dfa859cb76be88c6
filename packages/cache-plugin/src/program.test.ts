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

describe('greenroom-cache, asking backends that cache in their memory', () => {
  it('counts each and all together', async () => {
    const { code, stdout, stderr } = await run(serviceTokens.reading, 'stats');
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
    expect(stdout.match(/^memory: available since /gm)).toHaveLength(2);
    expect(stdout).toMatch(/^catalog +1 +1 +50 % +0 +0 +2 +1 +2 /m);
    expect(stdout).toMatch(/2 replicas together\n\n.*\ncatalog +1 +1 +50 % +0 +0 +3 +2 +3 /);
  });

  it('lists their entries, and never a value', async () => {
    const { code, stdout, stderr } = await run(serviceTokens.reading, 'inspect', '--plugin', 'catalog');
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
    expect(stdout).toMatch(/^ *2\.\d KiB +(10|9\.\d) min +user:default\/bob$/m);
    expect(stdout).toMatch(/ +never +a b$/m);
    expect(stdout).toMatch(/ +never +other$/m);
    expect(stdout).not.toContain('xx');
  });

  it.each<[string, string | undefined, string, string]>([
    ['without a token', undefined, 'stats', 'answers 401'],
    ['with a token that they do not know', 'hunter2', 'stats', 'answers 401'],
    ['with one for other plugins', serviceTokens.elsewhere, 'stats', 'answers 403'],
    ['to clear with one that may read alone', serviceTokens.reading, 'clear', 'answers 403'],
  ])('is refused %s, and says what to do', async (_how, token, command, message) => {
    const { code, stderr } = await run(token, command, ...(command === 'clear' ? ['--plugin=catalog'] : []));
    expect({ code, stderr }).toEqual({ code: 1, stderr: expect.stringContaining(`${replicas[0]?.url} ${message}`) });
    expect(stderr).toMatch(/GREENROOM_CACHE_TOKEN|The token needs the permission/);
    expect(stderr).not.toContain(token ?? 'no token');
  });

  it('clears each, after a count that leaves them alone', async () => {
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
