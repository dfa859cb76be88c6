import { parseArgs } from 'node:util';
import { commandNames, commandTable } from './commandTable';
import type { CommandDefinition, CommandName } from './commandTable';
import { optionTable, toOptionUsage } from './options';
import type { OptionDefinition, OptionName, OptionValues } from './options';
import { UsageError } from './usageError';

/** What the user wants the program to do. */
export type Invocation =
  | { readonly kind: 'help'; readonly command?: CommandName }
  | { readonly kind: 'version' }
  | { readonly kind: 'run'; readonly command: CommandName; readonly values: OptionValues };

/** Reads the arguments after the name of the program. Throws a {@link UsageError}. */
export function parseArguments(args: readonly string[]): Invocation {
  const [first, ...others] = args;
  if (first === undefined || first === '--help' || first === '-h' || first === 'help') return { kind: 'help' };
  if (first === '--version') return { kind: 'version' };
  const command = commandNames.find(name => name === first);
  if (command === undefined) {
    // Any other text than a possible typing error may be a secret in the wrong place, so it is not shown.
    const shown = /^[a-z]{1,12}$/.test(first)
      ? `'${first}' is not a command`
      : 'The first argument has to be a command';
    throw new UsageError(`${shown}: give one of ${commandNames.join(', ')}`);
  }
  const given = readOptions(command, others);
  if (given.help) return { kind: 'help', command };
  const missing = commandTable[command].required.find(name => given[name] === undefined);
  if (missing) throw new UsageError(`${command} needs ${toOptionUsage(missing)}, for example --plugin catalog`);
  const { config = [], url = [], 'dry-run': dryRun = false, strict = false, json = false, ...texts } = given;
  return { kind: 'run', command, values: { ...texts, config, url, 'dry-run': dryRun, strict, json } };
}

interface GivenOptions extends Partial<OptionValues> {
  readonly help?: boolean;
}

function readOptions(command: CommandName, args: readonly string[]): GivenOptions {
  const { tokens } = parseArgs({
    args: [...args],
    strict: false,
    tokens: true,
    options: Object.fromEntries(
      Object.entries<OptionDefinition>(optionTable).map(([name, { value }]) => [
        name,
        {
          type: value === undefined ? ('boolean' as const) : ('string' as const),
          ...(name === 'help' && { short: 'h' }),
        },
      ]),
    ),
  });
  const given: Record<string, unknown> = {};
  for (const token of tokens) {
    if (token.kind !== 'option') {
      throw new UsageError(
        `${command} takes only options, and argument ${token.index + 1} after it is not one. ${toHint(command)}`,
      );
    }
    const name = assertOption(command, token.name);
    const { value, isRepeatable = false }: OptionDefinition = optionTable[name];
    if (value === undefined) {
      if (token.value !== undefined) throw new UsageError(`--${name} takes no value. ${toHint(command)}`);
      given[name] = true;
      continue;
    }
    if (!token.value || (!token.inlineValue && token.value.startsWith('-'))) {
      throw new UsageError(`--${name} needs a value: ${toOptionUsage(name)}. ${toHint(command)}`);
    }
    if (isRepeatable) given[name] = [...((given[name] as string[] | undefined) ?? []), token.value];
    else if (given[name] === undefined) given[name] = token.value;
    else throw new UsageError(`--${name} is given twice, and ${command} takes one. ${toHint(command)}`);
  }
  return given;
}

function assertOption(command: CommandName, name: string): OptionName {
  const { required, optional }: CommandDefinition = commandTable[command];
  const found = [...required, ...optional, 'help' as const].find(each => each === name);
  if (found) return found;
  if (/^(?:token|password|auth)/i.test(name)) {
    throw new UsageError(
      'A token is not taken from the command line, which others can see: put it into the environment variable GREENROOM_CACHE_TOKEN',
    );
  }
  // The text after the dashes may be a secret too, so only a plausible name is shown.
  const shown = /^[a-z-]{2,20}$/.test(name)
    ? `--${name} is not an option of ${command}`
    : `An option is unknown to ${command}`;
  throw new UsageError(`${shown}. ${toHint(command)}`);
}

function toHint(command: CommandName): string {
  const { required, optional }: CommandDefinition = commandTable[command];
  const options = [...required, ...optional].map(toOptionUsage).join(', ');
  return `Options of ${command}: ${options}`;
}
