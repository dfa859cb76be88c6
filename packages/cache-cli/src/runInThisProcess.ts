import { runProgram } from './runProgram';

const exitCodes = { SIGINT: 130, SIGTERM: 143 } as const;

/** Runs the program with the environment and the streams of this process. Returns its exit code once all output is written. */
export async function runInThisProcess(args: readonly string[]): Promise<number> {
  const stopping = new AbortController();
  let stoppedBy: keyof typeof exitCodes | undefined;
  const stop = (signal: keyof typeof exitCodes) => {
    // The second signal ends the program at once.
    if (stoppedBy) process.exit(exitCodes[signal]);
    stoppedBy = signal;
    stopping.abort();
  };
  // The reader of the output may stop early, as `head` does.
  const fail = (error: NodeJS.ErrnoException) => process.exit(error.code === 'EPIPE' ? 0 : 1);

  process.on('SIGINT', stop).on('SIGTERM', stop);
  process.stdout.on('error', fail);
  const code = await runProgram(args, {
    ...{ cwd: process.cwd(), env: process.env, stdout: process.stdout, stderr: process.stderr },
    signal: stopping.signal,
  });
  await new Promise(resolve => process.stdout.write('', resolve));
  process.off('SIGINT', stop).off('SIGTERM', stop);
  return stoppedBy ? exitCodes[stoppedBy] : code;
}
