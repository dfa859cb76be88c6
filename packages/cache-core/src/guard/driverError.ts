import { types } from 'node:util';
import { CacheError, isCacheError } from '../contract/cacheError';

/**
 * What a driver has failed with, as a {@link CacheError}. One of its own is shown as it is. The text of any other may hold a
 * password, so `what` the driver did is told, such as `rejected get`, and of the error no more than its kind.
 */
export function toDriverError(store: string, what: string, error: unknown): CacheError {
  const own = readCacheError(error);
  if (own) return own;
  return new CacheError(
    'CACHE_UNAVAILABLE',
    `The driver of '${store}' has ${what} with ${describeKind(error)}, where a CacheError is expected`,
    { cause: error },
  );
}

/** The error for an answer that the contract does not know. */
export function toWrongAnswer(store: string, what: string, answer: unknown, expected: string): CacheError {
  return new CacheError(
    'CACHE_UNAVAILABLE',
    `The driver of '${store}' has ${what} with ${describeKind(answer)}, where ${expected} is expected`,
  );
}

/** What kind of thing it is, and nothing of what is in it. */
export function describeKind(value: unknown): string {
  if (value === undefined || value === null) return String(value);
  if (typeof value === 'string') return 'a text';
  if (types.isProxy(value)) return 'an object';
  if (types.isNativeError(value)) return 'an Error';
  if (types.isPromise(value)) return 'a promise';
  if (Array.isArray(value)) return `a list of ${value.length}`;
  return typeof value === 'object' ? 'an object' : `a ${typeof value}`;
}

/** `undefined` when it is none. Whoever is given it can look at it: what looks back is copied, as long as it lets itself be read. */
function readCacheError(error: unknown): CacheError | undefined {
  if (!isCacheError(error)) return undefined;
  try {
    if (hasPlainFields(error)) return error;
    const { code, message } = error;
    return isCacheError({ code }) && typeof message === 'string'
      ? new CacheError(code, message, { cause: error })
      : undefined;
  } catch {
    return undefined;
  }
}

/** Whether code and message stay what they are, however often they are read, and a promise can be resolved with it. */
function hasPlainFields(error: CacheError): boolean {
  if (types.isProxy(error) || 'then' in error) return false;
  const [code, message] = ['code', 'message'].map(name => Object.getOwnPropertyDescriptor(error, name));
  return code !== undefined && 'value' in code && typeof message?.value === 'string';
}
