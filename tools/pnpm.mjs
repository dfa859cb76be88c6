import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { constants, setPriority, tmpdir } from 'node:os';
import { delimiter, dirname, join } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';

const onWindows = process.platform === 'win32';
export const rootFolder = fileURLToPath(new URL('..', import.meta.url));
const rememberedFile = join(rootFolder, 'node_modules', '.cache', 'greenroom', 'pnpm-folder');

/** npm's settings for access to the registry, which pnpm needs too. */
const registrySettings = ['registry', 'cafile', 'proxy', 'https_proxy', 'noproxy', 'strict_ssl'];

/** A step that failed. `exitCode` is the exit code for the whole command. */
class StepError extends Error {
  name = 'StepError';

  constructor(message, exitCode) {
    super(message);
    this.exitCode = exitCode;
  }
}

/**
 * Finds the pnpm that package.json names, or gets it through npx, and installs all dependencies.
 *
 * Resolves to a function that runs pnpm, `pnpm(args, { hide })`, without showing lines that match `hide`. Its method `pnpm.node(args)` runs
 * this Node in the same environment. Both reject with an error named StepError when a step fails.
 */
export async function installDependencies() {
  const { packageManager } = JSON.parse(readFileSync(join(rootFolder, 'package.json'), 'utf8'));
  const folder = await findPnpm(packageManager);
  const runIn = command => (args, options) =>
    runStep(command, args, { ...options, env: { ...environmentWith(folder), ...options?.env } });
  const pnpm = Object.assign(runIn('pnpm'), { node: runIn(process.execPath) });

  await pnpm(['install', '--frozen-lockfile', '--reporter=append-only', '--config.confirm-modules-purge=false'], {
    // pnpm prints this for each package that prefers a newer Node; all of them work.
    hide: /Unsupported engine for/,
  });
  rememberFolder(folder);
  return pnpm;
}

/** The folder with the wanted pnpm in it, or undefined when the one on the PATH is right. */
async function findPnpm(packageManager) {
  const version = packageManager.replace(/^pnpm@/, '').replace(/\+.*$/, '');
  if ((await pnpmVersion(undefined)) === version) return undefined;

  const remembered = existsSync(rememberedFile) ? readFileSync(rememberedFile, 'utf8') : undefined;
  if (remembered && (await pnpmVersion(remembered)) === version) return remembered;

  const folder = await fetchPnpm(version);
  if ((await pnpmVersion(folder)) !== version) throw new StepError(`pnpm ${version} does not run on this machine.`, 1);
  return folder;
}

/** Has npx install pnpm into its cache. Returns the folder that npx adds to the PATH. */
async function fetchPnpm(version) {
  const lines = [];
  const args = ['--yes', `--package=pnpm@${version}`, '--', 'node', '-p', 'process.env.PATH'];
  await runStep('npx', args, { env: environmentWith(undefined), onLine: line => lines.push(line) });
  const folders = lines.join('').split(delimiter);
  return folders.find(folder => existsSync(join(folder, onWindows ? 'pnpm.cmd' : 'pnpm'))) ?? folders[0];
}

/** The version of a pnpm, or undefined when none can be run. */
async function pnpmVersion(folder) {
  // It is asked in another folder, because inside the repository some versions of pnpm run another one.
  const lines = [];
  const env = { ...environmentWith(folder), COREPACK_ENABLE_NETWORK: '0' };
  try {
    await runStep('pnpm', ['--version'], { cwd: tmpdir(), env, quiet: true, onLine: line => lines.push(line) });
  } catch {
    // It is missing or broken; npx can get one that works.
    return undefined;
  }
  return lines.join('').trim();
}

function rememberFolder(folder) {
  if (!folder) return;
  mkdirSync(dirname(rememberedFile), { recursive: true });
  writeFileSync(rememberedFile, folder);
}

function environmentWith(folder) {
  const kept = Object.entries(process.env).filter(([name]) => !/^npm_|^NODE_ENV$/.test(name));
  const env = { ...Object.fromEntries(kept), TURBO_TELEMETRY_DISABLED: '1' };
  for (const name of registrySettings) {
    const value = process.env[`npm_config_${name}`];
    if (value) env[`npm_config_${name}`] = env[`pnpm_config_${name}`] = value;
  }
  const path = Object.keys(env).find(name => name.toUpperCase() === 'PATH') ?? 'PATH';
  if (folder) env[path] = folder + delimiter + env[path];
  return env;
}

/**
 * Runs one program to its end, or until `signal` is aborted. Shows its output, except if `onLine` receives it, and except lines that match
 * `hide`. Its child processes inherit its priority.
 */
async function runStep(command, args, { cwd = rootFolder, env, hide, onLine, priority, quiet = false, signal: ended }) {
  const takeLine = onLine ?? (hide && (line => hide.test(line) || console.log(line)));
  const child = spawn(command, args, {
    cwd,
    env,
    stdio: ['ignore', takeLine ? 'pipe' : 'inherit', quiet ? 'ignore' : 'inherit'],
    shell: onWindows && command !== process.execPath,
  });
  if (priority !== undefined && child.pid !== undefined) setPriority(child.pid, priority);
  const end = () => child.kill('SIGTERM');
  ended?.addEventListener('abort', end);
  if (ended?.aborted) end();
  if (takeLine) createInterface({ input: child.stdout }).on('line', takeLine);

  const stopPassing = passSignalsTo(child);
  try {
    const [status, signal] = await once(child, 'close').catch(({ code }) => {
      throw new StepError(`Cannot run ${command} (${code}).`, 1);
    });
    const exitCode = status ?? 128 + constants.signals[signal];
    if (exitCode !== 0)
      throw new StepError(`Stopped: ${[command, ...args].join(' ')} (exit code ${exitCode})`, exitCode);
  } finally {
    stopPassing();
    ended?.removeEventListener('abort', end);
  }
}

/** While a step runs, Ctrl-C or a kill ends the step and then this process, whether or not the step has received the signal itself. */
function passSignalsTo(child) {
  const signals = ['SIGINT', 'SIGTERM', 'SIGHUP'];
  const stop = signal => {
    const exit = () => process.exit(128 + constants.signals[signal]);
    child.once('exit', exit);
    child.kill('SIGTERM');
    setTimeout(() => {
      child.kill('SIGKILL');
      exit();
    }, 1000);
  };
  for (const signal of signals) process.once(signal, stop);
  return () => {
    for (const signal of signals) process.off(signal, stop);
  };
}
