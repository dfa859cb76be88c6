import { fork } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import type { ProgramRun, RunOptions } from './programRun';

/** A process that runs the built program again and again: starting Node and loading a driver takes most of the time of a run. */
export interface ProgramHost {
  /** Runs the program to its end, after earlier runs. */
  run(program: string, folder: string, args: readonly string[], env: RunOptions['env']): Promise<ProgramRun>;
  stop(): Promise<void>;
}

export function startProgramHost(): ProgramHost {
  // The environment is as in `startProgram`.
  const child = fork(join(__dirname, 'programHostProcess.mjs'), {
    ...{ env: { PATH: process.env.PATH, NODE_PATH: '' }, execArgv: [], stdio: ['ignore', 'ignore', 'inherit', 'ipc'] },
  });
  const ended = once(child, 'exit');
  let last: Promise<unknown> = Promise.resolve();
  return {
    run(program, folder, args, env = {}) {
      const running = last.then(async () => {
        const answer = once(child, 'message') as Promise<[ProgramRun]>;
        child.send({ program, folder, args, env });
        const [result] = await Promise.race([
          answer,
          ended.then(([code]) =>
            Promise.reject(new Error(`The process of the program has ended with ${String(code)}`)),
          ),
        ]);
        return result;
      });
      last = running.catch(() => undefined);
      return running;
    },
    async stop() {
      child.disconnect();
      await ended;
    },
  };
}
