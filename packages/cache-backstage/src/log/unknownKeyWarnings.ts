import type { UnknownKey } from '@greenroom/cache-core';
import { toLogText } from './toLogText';

/** Longest path of a key in a warning, in characters. */
const MAX_PATH = 200;
/** At most this many keys have a warning each; the others are only counted. */
const MAX_WARNINGS = 20;

/** @param section - Path of the configuration section that has the keys. */
export function toUnknownKeyWarnings(keys: readonly UnknownKey[], section: string): string[] {
  const more = keys.length - MAX_WARNINGS;
  return [
    ...keys.slice(0, MAX_WARNINGS).map(toWarning),
    ...(more > 0 ? [`${more} more keys in '${section}' are unknown and have no effect`] : []),
  ];
}

function toWarning({ path, nearest }: UnknownKey): string {
  const hint = nearest === undefined ? '' : `: did you mean '${toLogText(nearest, MAX_PATH)}'?`;
  return `'${toLogText(path, MAX_PATH)}' is unknown and has no effect${hint}`;
}
