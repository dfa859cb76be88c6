import { CacheError } from '../contract/cacheError';
import type { JsonValue } from '../contract/jsonValue';

/**
 * Encodes a value as JSON text. Throws CACHE_INVALID_VALUE for `undefined`, functions, symbols, BigInt, cycles and too deep
 * nesting. Inside objects and arrays JSON's own rules apply: `undefined` members are left out, dates become ISO text, NaN
 * becomes null.
 */
export function encodeValue(value: JsonValue): string {
  let text: string | undefined;
  try {
    text = JSON.stringify(value);
  } catch (error) {
    const reason =
      error instanceof RangeError
        ? 'it is nested too deeply or too large'
        : 'it holds a BigInt or a cycle, or its toJSON throws';
    throw new CacheError('CACHE_INVALID_VALUE', `Invalid value: expected JSON, but ${reason}`, { cause: error });
  }
  if (text === undefined) {
    throw new CacheError(
      'CACHE_INVALID_VALUE',
      `Invalid value: expected JSON, got ${typeof value}; to remove an entry use delete`,
    );
  }
  return text;
}

/** Decodes a JSON text. Throws CACHE_CORRUPT when it is not JSON. */
export function decodeValue(text: string): JsonValue {
  try {
    return JSON.parse(text) as JsonValue;
  } catch (error) {
    // The parser's message quotes the text, which may be a secret.
    throw new CacheError('CACHE_CORRUPT', 'A stored value is not JSON: something else writes to this store', {
      cause: error,
    });
  }
}
