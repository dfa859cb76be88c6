import { wrap } from '../output/wrap';
import { commandNames, commandTable } from './commandTable';
import type { CommandDefinition, CommandName } from './commandTable';
import { optionTable, toOptionUsage } from './options';
import type { OptionDefinition, OptionName } from './options';

const PROGRAM = 'greenroom-cache';
const WIDTH = 100;

/** The help of a command, or that of the program. */
export function toHelpText(command?: CommandName): string {
  return command === undefined ? toProgramHelp() : toCommandHelp(command);
}

function toProgramHelp(): string {
  return [
    'Checks, counts, lists and clears the cache of a Backstage backend.',
    '',
    `Usage: ${PROGRAM} <command> [options]`,
    '',
    ...commandNames.map(name => `  ${name.padEnd(9)}${commandTable[name].summary}`),
    '',
    `${PROGRAM} <command> --help lists the options of a command. Run it in the folder of the app, or of its backend package:`,
    'it reads app-config.yaml as the backend does, and uses the packages of the stores that are installed there.',
  ].join('\n');
}

function toCommandHelp(command: CommandName): string {
  const { summary, details, required, optional }: CommandDefinition = commandTable[command];
  const usage = [
    ...required.map(toOptionUsage),
    ...optional.map(name => {
      const { isRepeatable = false }: OptionDefinition = optionTable[name];
      return `[${toOptionUsage(name)}]${isRepeatable ? '...' : ''}`;
    }),
  ];
  return [
    summary,
    '',
    `Usage: ${PROGRAM} ${command} ${usage.join(' ')}`,
    '',
    ...[...required, ...optional, 'help' as const].flatMap(toOptionLines),
    '',
    ...details,
  ].join('\n');
}

function toOptionLines(name: OptionName): string[] {
  const indent = 25;
  const [first = '', ...others] = wrap(optionTable[name].text, WIDTH - indent);
  return [`  ${toOptionUsage(name).padEnd(indent - 2)}${first}`, ...others.map(line => ' '.repeat(indent) + line)];
}
