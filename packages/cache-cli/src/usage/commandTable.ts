import type { OptionName } from './options';

/** The purpose and the options of a command. */
export interface CommandDefinition {
  readonly summary: string;
  /** More text for its help, in lines of at most 100 characters. */
  readonly details: readonly string[];
  readonly required: readonly OptionName[];
  readonly optional: readonly OptionName[];
}

const exitCodes = 'Exit code: 0 when all went well, 1 when not, 2 for wrong usage or configuration.';

/** The commands of the program. */
export const commandTable = {
  doctor: {
    summary: 'Check the configuration and the server, and say what to do.',
    details: [
      'Writes nothing but one key of its own, which it removes again.',
      'Exit code: 0 without an error (with --strict: nor a warning), 1 with one, 2 for wrong usage or configuration.',
    ],
    required: [],
    optional: ['config', 'driver-package', 'strict', 'json'],
  },
  stats: {
    summary: 'Count entries, bytes and expiries per plugin.',
    details: [
      'Counts in the store itself, or with --url what each replica says: hits, misses, errors, evictions.',
      'Sizes and expiries are those of a sample of about 1,000 entries per plugin.',
      exitCodes,
    ],
    required: [],
    optional: ['config', 'driver-package', 'url', 'json'],
  },
  inspect: {
    summary: 'List the entries of a plugin: keys, sizes and expiries, never a value.',
    details: [exitCodes],
    required: ['plugin'],
    optional: ['limit', 'config', 'driver-package', 'url', 'json'],
  },
  clear: {
    summary: 'Remove all entries of a plugin.',
    details: [
      'Removes them from the store itself, or with --url through each replica, which then also forgets what it keeps',
      'in its own memory. Where a server cannot be reached, the others are cleared, and the exit code is 1.',
      exitCodes,
    ],
    required: ['plugin'],
    optional: ['dry-run', 'config', 'driver-package', 'url', 'json'],
  },
} as const satisfies Record<string, CommandDefinition>;

/** Name of a command. */
export type CommandName = keyof typeof commandTable;

/** The commands, in the order in which help lists them. */
export const commandNames = Object.keys(commandTable) as readonly CommandName[];
