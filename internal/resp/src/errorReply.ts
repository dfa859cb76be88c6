import { CacheError } from '@greenroom/cache-core';

const authReplies = new Set(['WRONGPASS', 'NOAUTH', 'NOPERM']);

/**
 * Maps an error reply of a server. Only its first word is shown: the rest can repeat what was sent, a password included.
 */
export function fromErrorReply(store: string, message: string, cause?: unknown): CacheError {
  const reply = /^[A-Z]+/.exec(message)?.[0] ?? 'ERR';
  return authReplies.has(reply)
    ? new CacheError('CACHE_AUTH', `${store} refused the user name, the password or the permission (${reply})`, {
        cause,
      })
    : new CacheError('CACHE_REFUSED', `${store} refused the command (${reply})`, { cause });
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
