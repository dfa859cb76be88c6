import { CacheError } from '@greenroom/cache-core';
import type { CacheErrorCode } from '@greenroom/cache-core';

/** What the first word of an error reply means. */
const meanings = new Map<string, readonly [CacheErrorCode, string]>([
  ...['WRONGPASS', 'NOAUTH', 'NOPERM'].map(
    word => [word, ['CACHE_AUTH', 'refused the user name, the password or the permission']] as const,
  ),
  ...['READONLY', 'MISCONF', 'NOREPLICAS'].map(word => [word, ['CACHE_READ_ONLY', 'takes no writes']] as const),
  ...['LOADING', 'MASTERDOWN', 'CLUSTERDOWN', 'TRYAGAIN', 'BUSY'].map(
    word => [word, ['CACHE_UNAVAILABLE', 'is not ready']] as const,
  ),
  ['OOM', ['CACHE_FULL', 'is out of memory']],
]);

/**
 * Maps an error reply of a server. Only its first word is shown: the rest can repeat what was sent, a password included.
 */
export function fromErrorReply(store: string, message: string, cause?: unknown): CacheError {
  const reply = /^[A-Z]+/.exec(message)?.[0] ?? 'ERR';
  const [code, meaning] = meanings.get(reply) ?? ['CACHE_REFUSED', 'refused the command'];
  return new CacheError(code, `${store} ${meaning} (${reply})`, { cause });
}

/** Maps an error of the connection: its system code such as ECONNREFUSED, or the message of the client library. */
export function fromConnectionError(store: string, error: unknown): CacheError {
  return new CacheError('CACHE_UNAVAILABLE', `${store} cannot be reached (${reasonOf(error)})`, { cause: error });
}

function reasonOf(error: unknown): string {
  // A host name with several addresses gives one error for each of them.
  const first = propertyOf(propertyOf(error, 'errors'), '0') ?? error;
  const reasons = [propertyOf(first, 'code'), propertyOf(first, 'message')];
  return reasons.find(reason => typeof reason === 'string') ?? 'unknown';
}

function propertyOf(value: unknown, name: string): unknown {
  return typeof value === 'object' && value !== null ? (value as Record<string, unknown>)[name] : undefined;
}
