import type { OptionValues } from '../usage/options';
import { UsageError } from '../usage/usageError';

/** The id of the plugin. Throws a {@link UsageError} for anything else, such as a pattern or a list. */
export function readPlugin({ plugin = '' }: OptionValues): string {
  if (/^[\w.-]{1,64}$/.test(plugin)) return plugin;
  throw new UsageError(
    '--plugin needs the id of one plugin, 1 to 64 letters, digits, dots, hyphens and underscores, such as --plugin catalog',
  );
}
