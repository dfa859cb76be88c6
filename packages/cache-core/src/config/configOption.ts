/**
 * One option of the configuration, as plain data: {@link readOptions} reads by it, and {@link toConfigSchema} makes its JSON
 * schema.
 */
export interface ConfigOption {
  /**
   * What the value is. `integer` is a whole number; `duration` is a number of ms, a duration object, or text such as `1h`, above 0 and
   * maybe with a fraction of a ms; `section` is an object of options, `list` a list of such objects, and `sections` an object of them,
   * under names that the operator chooses; `withoutEffect` is accepted with a warning, whatever it holds.
   */
  readonly type: 'text' | 'boolean' | 'integer' | 'duration' | 'section' | 'list' | 'sections' | 'withoutEffect';
  /** For the reader of the schema. Says `Default: none.` or `required` where there is no `default`. */
  readonly description?: string;
  /** What an absent option means; ms for a duration. Neither `readOptions` nor Backstage fills it in. @defaultValue none */
  readonly default?: string | number | boolean;
  /** Least value of an `integer`. @defaultValue 0 */
  readonly minimum?: number;
  /** Whether Backstage keeps the value out of its log. @defaultValue false */
  readonly isSecret?: boolean;
  /**
   * Options in a `section`, or in each object of a `list` or of `sections`. With any other type: options of an object that may stand in
   * place of the value.
   */
  readonly options?: OptionTable;
  /** Whether a strict check allows other keys in the object of `options`. @defaultValue false */
  readonly isOpen?: boolean;
}

/** Options by their names. */
export type OptionTable = Readonly<Record<string, ConfigOption>>;
