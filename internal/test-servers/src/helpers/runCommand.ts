import { spawn } from 'node:child_process';

/** How to run a command. */
export interface RunCommandOptions {
  readonly cwd?: string;
  /** Time after which the program is killed. Absent: no limit. */
  readonly timeoutMs?: number;
}

/** Runs a program to its end, and resolves to its output. When it fails, rejects with what it printed to stderr. */
export function runCommand(
  command: string,
  args: readonly string[],
  { cwd, timeoutMs }: RunCommandOptions = {},
): Promise<string> {
  return new Promise((resolve, reject) => {
    const child = spawn(command, args, {
      cwd,
      timeout: timeoutMs,
      killSignal: 'SIGKILL',
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    let output = '';
    let errors = '';
    child.stdout.on('data', data => (output += String(data)));
    child.stderr.on('data', data => (errors += String(data)));
    child.once('error', reject);
    child.once('close', (code, signal) => {
      if (code === 0) resolve(output);
      else
        reject(new Error(`${command} ${args[0] ?? ''} ended with ${signal ?? `exit code ${code}`}: ${errors.trim()}`));
    });
  });
}
