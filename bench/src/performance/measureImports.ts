import { execFile } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { median } from './median';

const run = promisify(execFile);
const folder = fileURLToPath(new URL('.', import.meta.url));

const imported = [
  '@greenroom/cache-core',
  '@greenroom/cache-memory',
  '@greenroom/cache-redis',
  '@greenroom/cache-valkey',
  '@greenroom/cache-memcache',
  '@greenroom/cache-backstage',
  'redis',
  'iovalkey',
  'memcached',
  'lru-cache',
  'bentocache',
  'cache-manager',
  'cacheable',
  'unstorage',
  '@backstage/backend-defaults/cache',
] as const;

export interface Imported {
  readonly name: string;
  readonly importMs: number;
}

/** Measures the time of each import, always in a new process. */
export async function measureImports(rounds: number): Promise<readonly Imported[]> {
  const results = imported.map(name => ({ name, importMs: [] as number[] }));
  for (let round = 0; round < rounds; round++) {
    for (const { name, importMs } of results) {
      const script = `const startedAtMs = performance.now(); await import('${name}'); console.log(performance.now() - startedAtMs); process.exit()`;
      const { stdout } = await run(process.execPath, ['--input-type=module', '--eval', script], { cwd: folder });
      importMs.push(Number(stdout));
    }
  }
  return results.map(({ name, importMs }) => ({ name, importMs: median(importMs) }));
}
