import { execFile } from 'node:child_process';
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';

/** What to install: the dependencies of an app, and where the packages of this repository come from. */
interface Installation {
  readonly dependencies: Readonly<Record<string, string>>;
  readonly tarballs: Readonly<Record<string, string>>;
}

export interface PackageManager {
  readonly name: string;
  /** Installs into a folder that has nothing but sources. */
  install(folder: string, installation: Installation): Promise<void>;
  /** Arguments of Node that run a script of the folder. */
  scriptArguments(script: string): readonly string[];
}

const execute = promisify(execFile);
const plainArguments = (script: string) => [script];

/** The environment without the settings that the surrounding package manager, and Jest, have added. */
export function ownEnvironment(): Record<string, string | undefined> {
  const isTheirs = /^(npm_(?!config_registry$)|pnpm_|NODE_PATH$|NODE_ENV$)/i;
  const own = Object.entries(process.env).filter(([name]) => !isTheirs.test(name));
  // In CI Yarn would refuse to install what is not in a lockfile.
  return { ...Object.fromEntries(own), YARN_ENABLE_IMMUTABLE_INSTALLS: 'false' };
}

/** Runs a program in a folder. */
export async function runIn(folder: string, program: string, args: readonly string[]): Promise<string> {
  try {
    const { stdout } = await execute(program, args, { cwd: folder, env: ownEnvironment() });
    return stdout;
  } catch (error) {
    // The error's message has only stderr, but Yarn explains a problem on stdout.
    const { message, stdout } = error as Error & { readonly stdout: string };
    throw new Error(`${message}\n${stdout}`, { cause: error });
  }
}

async function writeProject(folder: string, fields: object, settings: Readonly<Record<string, object>> = {}) {
  const files = { 'package.json': { name: 'trial', private: true, ...fields }, ...settings };
  for (const [name, content] of Object.entries(files)) await writeFile(join(folder, name), JSON.stringify(content));
}

export const npm: PackageManager = {
  name: 'npm',
  async install(folder, { dependencies, tarballs }) {
    await writeProject(folder, { dependencies, overrides: tarballs });
    await runIn(folder, 'npm', ['install', '--ignore-scripts', '--no-audit', '--no-fund', '--loglevel=error']);
  },
  scriptArguments: plainArguments,
};

export const pnpm: PackageManager = {
  name: 'pnpm, nothing hoisted',
  async install(folder, { dependencies, tarballs }) {
    // JSON is YAML too.
    const settings = { overrides: tarballs, hoist: false, strictPeerDependencies: true, ignoreScripts: true };
    await writeProject(folder, { dependencies }, { 'pnpm-workspace.yaml': settings });
    await runIn(folder, 'pnpm', ['install', '--reporter=silent']);
  },
  scriptArguments: plainArguments,
};

/** Yarn's program file in a folder where Yarn is installed. */
export const toYarnFile = (folder: string) => join(folder, 'node_modules/@yarnpkg/cli-dist/bin/yarn.js');

/** Puts Yarn 4, and other packages of npm, into a folder. */
export async function installYarn(folder: string, others: readonly string[] = []): Promise<void> {
  await mkdir(folder, { recursive: true });
  await writeFile(join(folder, 'package.json'), '{}');
  await runIn(folder, 'npm', ['install', '--no-audit', '--no-fund', '@yarnpkg/cli-dist@4', ...others]);
}

/** Yarn 4 from its program file, with `node-modules` or `pnp` as linker. */
export function createYarn(yarnFile: string, nodeLinker: 'node-modules' | 'pnp'): PackageManager {
  return {
    name: `Yarn 4, ${nodeLinker}`,
    async install(folder, { dependencies, tarballs }) {
      const npmRegistryServer = (await runIn(folder, 'npm', ['config', 'get', 'registry'])).trim();
      const settings = { nodeLinker, npmRegistryServer, enableTelemetry: false, enableScripts: false };
      // Yarn does not treat a folder as a project unless it has a lockfile.
      await writeFile(join(folder, 'yarn.lock'), '');
      await writeProject(folder, { dependencies, resolutions: tarballs }, { '.yarnrc.yml': settings });
      await runIn(folder, process.execPath, [yarnFile, 'install']);
    },
    scriptArguments: script => (nodeLinker === 'pnp' ? [yarnFile, 'node', script] : [script]),
  };
}
