import { cp, mkdir, mkdtemp, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { ProgramRun, RunOptions } from './programRun';
import { startProgramHost } from './startProgramHost';
import type { ProgramHost } from './startProgramHost';

const packages = join(__dirname, '../../..');

/** An app in a folder of its own, with the built program and packages of stores installed. */
export interface App {
  readonly folder: string;
  /** Path of the program. */
  readonly program: string;
  /** Writes a file of the app. Data is written as JSON, which is valid YAML. */
  write(name: string, content: string | object): Promise<void>;
  /** Runs the program to its end. All runs of an app share one process, one after the other. */
  run(args: readonly string[], options?: RunOptions): Promise<ProgramRun>;
  remove(): Promise<void>;
}

/** @param stores - Stores whose packages are installed. */
export async function createApp(stores: readonly string[] = ['redis', 'valkey', 'memcache']): Promise<App> {
  const folder = await mkdtemp(join(tmpdir(), 'greenroom-cli-'));
  const modules = join(folder, 'node_modules');
  const scope = join(modules, '@greenroom');
  await mkdir(scope, { recursive: true });
  for (const file of ['dist', 'package.json']) {
    await cp(join(packages, 'cache-cli', file), join(scope, 'cache-cli', file), { recursive: true });
  }
  for (const name of ['core', ...stores]) await symlink(join(packages, `cache-${name}`), join(scope, `cache-${name}`));
  await symlink(join(packages, 'cache-cli/node_modules/@backstage'), join(modules, '@backstage'));
  const write = async (name: string, content: string | object) => {
    await mkdir(join(folder, name, '..'), { recursive: true });
    await writeFile(join(folder, name), typeof content === 'string' ? content : JSON.stringify(content));
  };
  await write('package.json', { name: 'app', workspaces: ['packages/*'] });
  const program = join(scope, 'cache-cli/dist/bin.cjs');
  let host: ProgramHost | undefined;
  return {
    ...{ folder, program, write },
    run(args, options = {}) {
      host ??= startProgramHost();
      return host.run(program, join(folder, options.folder ?? '.'), args, options.env);
    },
    async remove() {
      await host?.stop();
      await rm(folder, { recursive: true, force: true });
    },
  };
}
