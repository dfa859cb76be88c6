import { InputError } from '@backstage/errors';

/** An answer lists at most `MAX_LIMIT` entries, and `DEFAULT_LIMIT` when the request has no limit. */
const MAX_LIMIT = 1000;
const DEFAULT_LIMIT = 100;
const MAX_CURSOR_LENGTH = 1024;

/** The id of a plugin, taken literally: patterns are not supported. Throws InputError for anything else. */
export function parsePluginId(given: unknown): string {
  if (isPluginId(given)) return given;
  throw new InputError("'plugin' has to be the id of one plugin: 1 to 64 of the characters A-Z a-z 0-9 _ . -");
}

export function isPluginId(given: unknown): given is string {
  return typeof given === 'string' && /^[\w.-]{1,64}$/.test(given);
}

/** How many entries to list. Throws InputError unless it is a whole number from 1 to 1000. */
export function parseLimit(given: string | undefined): number {
  if (given === undefined) return DEFAULT_LIMIT;
  const limit = /^\d{1,4}$/.test(given) ? Number(given) : 0;
  if (limit >= 1 && limit <= MAX_LIMIT) return limit;
  throw new InputError(`'limit' has to be a whole number from 1 to ${MAX_LIMIT}`);
}

/** The cursor of an earlier answer. Throws InputError for text that cannot be one. */
export function parseCursor(given: string | undefined): string | undefined {
  if (given === undefined) return undefined;
  if (/^[\x21-\x7e]+$/.test(given) && given.length <= MAX_CURSOR_LENGTH) return given;
  throw new InputError("'cursor' has to be the one of an earlier answer");
}
