import { execFile } from 'node:child_process';
import { promisify } from 'node:util';

const run = promisify(execFile);

const script = `
  const before = process.cpuUsage();
  require(process.argv[1]);
  const { user, system } = process.cpuUsage(before);
  process.stdout.write(JSON.stringify({ modules: Object.keys(require.cache).length, cpuMs: (user + system) / 1000 }));
`;

/**
 * Requires `specifier` from `folder` in a new process. Returns how many files Node loads for it, and the processor time that this takes.
 */
export async function measureImport(specifier, folder) {
  const { stdout } = await run(process.execPath, ['--eval', script, specifier], { cwd: folder });
  return JSON.parse(stdout);
}
