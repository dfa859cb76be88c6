import { spawn } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import type { App } from './createApp';
import type { ProgramRun, RunOptions } from './programRun';

/** Starts the program in a process of its own. */
export function startProgram(app: App, args: readonly string[], { folder = '.', env = {} }: RunOptions = {}) {
  const child: ChildProcess & { stdout: NodeJS.ReadableStream; stderr: NodeJS.ReadableStream } = spawn(
    process.execPath,
    [app.program, ...args],
    // pnpm sets NODE_PATH for the programs that it starts, which would make the whole workspace resolvable.
    {
      cwd: join(app.folder, folder),
      env: { PATH: process.env.PATH, NODE_PATH: '', ...env },
      stdio: ['ignore', 'pipe', 'pipe'],
    },
  );
  const ended = Promise.all([once(child, 'close'), text(child.stdout).catch(() => ''), text(child.stderr)]).then(
    ([[code], stdout, stderr]): ProgramRun => ({ code: code as number | null, stdout, stderr }),
  );
  return { child, ended };
}

/** Runs the program to its end. */
export function runInProcess(app: App, args: readonly string[], options?: RunOptions): Promise<ProgramRun> {
  return startProgram(app, args, options).ended;
}
