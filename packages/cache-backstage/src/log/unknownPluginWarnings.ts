import { createConfigSource } from '@greenroom/cache-core';
import { toLogText } from './toLogText';

/** Longest path of a key in a warning, in characters. */
const MAX_PATH = 200;
/** At most this many plugins have a warning each. */
const MAX_WARNINGS = 20;

/**
 * Warnings about policies of plugins that the backend does not have: most likely typing errors.
 *
 * @param section - Path of the configuration section that has the policies.
 */
export function toUnknownPluginWarnings(
  configured: readonly string[],
  known: ReadonlySet<string>,
  section: string,
): string[] {
  const source = createConfigSource(Object.fromEntries(configured.map(id => [id, true])), section);
  for (const id of known) source.getOptional(id);
  return source
    .unknownKeys([])
    .slice(0, MAX_WARNINGS)
    .map(({ path, nearest }) => {
      const hint = nearest === undefined ? '' : `: did you mean '${toLogText(nearest, MAX_PATH)}'?`;
      return `'${toLogText(path, MAX_PATH)}' has no effect, as this backend has no plugin with this id${hint}`;
    });
}
