import { isCacheError } from '@greenroom/cache-core';
import { version } from '../package.json';
import { clear } from './commands/clear';
import type { Command, ExitCode } from './commands/commandContext';
import { doctor } from './commands/doctor';
import { inspect } from './commands/inspect';
import { stats } from './commands/stats';
import { createPrinter } from './output/printer';
import type { Printer } from './output/printer';
import { createRedactor } from './output/redactor';
import type { ProgramHost } from './programHost';
import type { CommandName } from './usage/commandTable';
import { toHelpText } from './usage/helpText';
import { parseArguments } from './usage/parseArguments';
import { UsageError } from './usage/usageError';

const commands: Record<CommandName, Command> = { doctor, stats, inspect, clear };

/** Runs the program, and returns its exit code: 0, 1 when something did not go well, 2 for wrong usage or configuration. */
export async function runProgram(args: readonly string[], host: ProgramHost): Promise<ExitCode> {
  const { stdout, stderr, ...rest } = host;
  const redactor = createRedactor();
  const printer = createPrinter(stdout, stderr, redactor);
  try {
    const invocation = parseArguments(args);
    if (invocation.kind === 'run') {
      return await commands[invocation.command]({ ...rest, printer, redactor, values: invocation.values });
    }
    const text = invocation.kind === 'version' ? version : toHelpText(invocation.command);
    text.split('\n').forEach(line => printer.line(line));
    return 0;
  } catch (error) {
    if (host.signal.aborted) printer.note('Stopped.');
    else return printFailure(printer, error);
    return 1;
  }
}

function printFailure(printer: Printer, error: unknown): ExitCode {
  if (error instanceof UsageError) {
    printer.note(error.message);
    return 2;
  }
  if (isCacheError(error)) {
    printer.note(`${error.code}: ${error.message}`);
    return error.code === 'CACHE_CONFIG' || error.code === 'CACHE_DRIVER_MISSING' ? 2 : 1;
  }
  // The error may contain anything, even a password, so only its name is shown.
  const name = error instanceof Error ? error.name : typeof error;
  printer.note(`Something unexpected went wrong (${name}). Please report it, with the command and the version.`);
  return 1;
}
