import { version } from '../package.json';
import type { ProgramHost } from './programHost';
import { toHelpText } from './usage/helpText';
import { parseArguments } from './usage/parseArguments';
import type { Invocation } from './usage/parseArguments';
import { UsageError } from './usage/usageError';

/** Runs the program, and returns its exit code: 0, 1 when something did not go well, 2 for wrong usage or configuration. */
export async function runProgram(args: readonly string[], host: ProgramHost): Promise<number> {
  try {
    return await run(parseArguments(args), host);
  } catch (error) {
    host.stderr.write(`${error instanceof Error ? error.message : String(error)}\n`);
    return error instanceof UsageError ? 2 : 1;
  }
}

async function run(invocation: Invocation, host: ProgramHost): Promise<number> {
  if (invocation.kind === 'version') host.stdout.write(`${version}\n`);
  else if (invocation.kind === 'help') host.stdout.write(`${toHelpText(invocation.command)}\n`);
  else throw new UsageError(`${invocation.command} is not there yet`);
  return 0;
}
