import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdirSync } from 'node:fs';
import { delimiter, join } from 'node:path';
import { createInterface } from 'node:readline';
import { rootFolder } from './pnpm.mjs';

/** The major versions of Node that Backstage apps run on. */
const versions = [20, 22, 24];

/** Folder in which npm installs a Node, kept from one run to the next. */
const cacheFolder = join(rootFolder, 'node_modules', '.cache', 'greenroom');

/** Runs a program to its end. Returns its exit code, and the last line of its output. */
async function run(program, args, options) {
  const child = spawn(program, args, { ...options, stdio: ['ignore', 'pipe', 'inherit'] });
  let lastLine = '';
  createInterface({ input: child.stdout }).on('line', line => {
    console.log(line);
    lastLine = line;
  });
  const [exitCode] = await once(child, 'close');
  return { exitCode, lastLine };
}

/** The folder of the `node` program of a version, from npm's package `node`. */
async function fetchNode(version) {
  const folder = join(cacheFolder, `node-${version}`);
  const programs = join(folder, 'node_modules', 'node', 'bin');
  if (!existsSync(programs)) {
    mkdirSync(folder, { recursive: true });
    // The package's install script fetches the program for this system.
    const flags = ['--no-save', '--no-audit', '--no-fund', '--ignore-scripts=false'];
    const args = ['install', `--prefix=${folder}`, ...flags, `node@${version}`];
    const { exitCode } = await run('npm', args, { cwd: folder, shell: process.platform === 'win32' });
    if (exitCode !== 0) throw new Error(`npm cannot install Node ${version}`);
  }
  return programs;
}

const results = [];
for (const version of versions) {
  const programs = await fetchNode(version);
  // It comes first on the PATH, so that whatever the tests start uses it too.
  const env = { ...process.env, PATH: programs + delimiter + process.env.PATH };
  const node = join(programs, 'node');
  const { lastLine: name } = await run(node, ['-p', '`Node ${process.versions.node}`'], { env });
  const tests = await run(node, [join(rootFolder, 'tools', 'test.mjs'), ...process.argv.slice(2)], { env });
  results.push({ name, ...tests });
}
for (const { name, lastLine } of results) console.log(`${name}: ${lastLine}`);
process.exitCode = results.some(({ exitCode }) => exitCode !== 0) ? 1 : 0;
