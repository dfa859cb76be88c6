import { types } from 'node:util';
import { CacheError, isCacheError } from '../contract/cacheError';

/**
 * Returns a {@link CacheError} of the driver as it is. The text of any other error may contain a password, so the new error says
 * what the driver did (`what`, such as `rejected get`) and only the kind of the error; the error itself is its `cause`.
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

/** The error for an answer that breaks the contract. */
export function toWrongAnswer(store: string, what: string, answer: unknown, expected: string): CacheError {
  return new CacheError(
    'CACHE_UNAVAILABLE',
    `The driver of '${store}' has ${what} with ${describeKind(answer)}, where ${expected} is expected`,
  );
}

/** The kind of a value, without anything of its content. */
export function describeKind(value: unknown): string {
  if (value === undefined || value === null) return String(value);
  if (typeof value === 'string') return 'a text';
  if (types.isProxy(value)) return 'an object';
  if (types.isNativeError(value)) return 'an Error';
  if (types.isPromise(value)) return 'a promise';
  if (Array.isArray(value)) return `a list of ${value.length}`;
  return typeof value === 'object' ? 'an object' : `a ${typeof value}`;
}

/**
 * Returns a {@link CacheError}, and `undefined` for anything else. An error whose getters could return something else each time is copied.
 */
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

/** Whether code and message are plain data, and the error is not a thenable, so that a promise can resolve with it. */
function hasPlainFields(error: CacheError): boolean {
  if (types.isProxy(error) || 'then' in error) return false;
  const [code, message] = ['code', 'message'].map(name => Object.getOwnPropertyDescriptor(error, name));
  return code !== undefined && 'value' in code && typeof message?.value === 'string';
}
