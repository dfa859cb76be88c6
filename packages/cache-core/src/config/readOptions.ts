import type { ConfigSource } from '../contract/configSource';
import type { ConfigOption, OptionTable } from './configOption';

/** What {@link readOptions} reads: an option that is not configured is absent, and `<name>Ms` is a duration in ms. */
export type OptionValues<Table extends OptionTable> = {
  readonly [
    Name in keyof Table & string as Table[Name] extends { readonly options: OptionTable }
      ? never
      : Table[Name]['type'] extends 'duration'
        ? `${Name}Ms`
        : Name
  ]?: {
    readonly text: string;
    readonly boolean: boolean;
    readonly integer: number;
    readonly duration: number;
    readonly section: never;
    readonly list: never;
    readonly sections: never;
    readonly withoutEffect: never;
  }[Table[Name]['type']];
};

/**
 * Reads the options of a table that are single values; sections, lists and options that may be an object are left to the caller. Warns
 * about options without effect. Throws CACHE_CONFIG, whose message names the path of a wrong value.
 *
 * @param section - Path below `config`, such as `acme` or `acme.client`. Absent = the options are directly in `config`.
 */
export function readOptions<const Table extends OptionTable>(
  config: ConfigSource,
  options: Table,
  section?: string,
): OptionValues<Table> {
  const values = Object.entries(options)
    .filter(([, option]) => option.options === undefined)
    .map(([name, option]) => [
      option.type === 'duration' ? `${name}Ms` : name,
      readOption(config, section === undefined ? name : `${section}.${name}`, option),
    ]);
  return Object.fromEntries(values.filter(([, value]) => value !== undefined)) as OptionValues<Table>;
}

function readOption(config: ConfigSource, key: string, { type, minimum = 0 }: ConfigOption) {
  switch (type) {
    case 'text':
      return config.getOptionalString(key);
    case 'boolean':
      return config.getOptionalBoolean(key);
    case 'integer':
      return config.getOptionalInteger(key, minimum);
    case 'duration':
      return config.getOptionalDurationMs(key);
    case 'withoutEffect':
      if (config.getOptional(key) !== undefined) config.warn(key, 'has no effect and can be removed');
      return undefined;
    case 'section':
    case 'list':
    case 'sections':
      return undefined;
  }
}
