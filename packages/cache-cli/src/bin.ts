#!/usr/bin/env node
import { runProgram } from './runProgram';

const stopping = new AbortController();
let exitCode: number | undefined;

for (const [signal, code] of [
  ['SIGINT', 130],
  ['SIGTERM', 143],
] as const) {
  process.on(signal, () => {
    // The second time somebody does not want to wait.
    if (stopping.signal.aborted) process.exit(code);
    exitCode = code;
    stopping.abort();
  });
}

// Whoever reads the output may stop, as `head` does.
process.stdout.on('error', (error: NodeJS.ErrnoException) => process.exit(error.code === 'EPIPE' ? 0 : 1));

void runProgram(process.argv.slice(2), {
  cwd: process.cwd(),
  env: process.env,
  stdout: process.stdout,
  stderr: process.stderr,
  signal: stopping.signal,
}).then(code => {
  process.exitCode = exitCode ?? code;
});
