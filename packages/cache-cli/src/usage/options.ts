/** An option of the command line. */
export interface OptionDefinition {
  /** Name of its value in a usage line. @defaultValue the option takes no value */
  readonly value?: string;
  /** @defaultValue false */
  readonly isRepeatable?: boolean;
  readonly text: string;
}

/** All options of all commands. */
export const optionTable = {
  config: {
    value: 'FILE',
    isRepeatable: true,
    text: 'Configuration file. Repeat it for several; later ones win. Default: app-config.yaml and app-config.local.yaml.',
  },
  'driver-package': {
    value: 'NAME',
    text: "Package of a driver that is not one of Greenroom's, installed in the backend.",
  },
  url: {
    value: 'URL',
    isRepeatable: true,
    text:
      'Ask a running backend that has @greenroom/cache-plugin, such as http://localhost:7007. Repeat it for each replica. ' +
      'The token is read from GREENROOM_CACHE_TOKEN.',
  },
  plugin: { value: 'ID', text: 'Id of the plugin, such as catalog.' },
  limit: { value: 'COUNT', text: 'How many entries to list at most. Default: 100.' },
  'dry-run': { text: 'Count what would be removed, and remove nothing.' },
  strict: { text: 'Fail on warnings, too.' },
  json: { text: 'Print one JSON document in place of tables.' },
  help: { text: 'Print this help.' },
} as const satisfies Record<string, OptionDefinition>;

/** Name of an option, without the dashes. */
export type OptionName = keyof typeof optionTable;

/** What was given on the command line. */
export interface OptionValues {
  readonly config: readonly string[];
  readonly 'driver-package'?: string;
  readonly url: readonly string[];
  readonly plugin?: string;
  readonly limit?: string;
  readonly 'dry-run': boolean;
  readonly strict: boolean;
  readonly json: boolean;
}

/** The option as a usage line shows it, such as `--plugin ID`. */
export function toOptionUsage(name: OptionName): string {
  const { value }: OptionDefinition = optionTable[name];
  return value === undefined ? `--${name}` : `--${name} ${value}`;
}
