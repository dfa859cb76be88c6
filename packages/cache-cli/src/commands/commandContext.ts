import type { Printer } from '../output/printer';
import type { Redactor } from '../output/redactor';
import type { OptionValues } from '../usage/options';

/** What a command works with. */
export interface CommandContext {
  readonly values: OptionValues;
  readonly printer: Printer;
  readonly redactor: Redactor;
  readonly cwd: string;
  readonly env: Readonly<Record<string, string | undefined>>;
  /** Fires when the program has to stop. */
  readonly signal: AbortSignal;
}

/** 0: success; 1: failure; 2: wrong usage or configuration. */
export type ExitCode = 0 | 1 | 2;

/** Runs a command. */
export type Command = (context: CommandContext) => Promise<ExitCode>;
