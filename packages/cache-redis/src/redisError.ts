import { CacheError } from '@greenroom/cache-core';
import { ErrorReply } from 'redis';

const authReplies = new Set(['WRONGPASS', 'NOAUTH', 'NOPERM']);

/**
 * Maps an error of the client. Of a server's reply only the first word is shown: the rest can repeat what was sent, a
 * password included.
 */
export function toCacheError(error: unknown): CacheError {
  if (error instanceof ErrorReply) {
    const reply = /^[A-Z]+/.exec(error.message)?.[0] ?? 'ERR';
    return authReplies.has(reply)
      ? new CacheError('CACHE_AUTH', `Redis refused the user name, the password or the permission (${reply})`, {
          cause: error,
        })
      : new CacheError('CACHE_REFUSED', `Redis refused the command (${reply})`, { cause: error });
  }
  return new CacheError('CACHE_UNAVAILABLE', `Redis cannot be reached (${reasonOf(error)})`, { cause: error });
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
