import { CacheError, isCacheError } from '@greenroom/cache-core';

/** Maps what a client rejects with. Of its text nothing is shown, since it can hold what was sent. */
export function toCacheError(error: unknown): CacheError {
  return isCacheError(error) ? error : toUnavailable('Memcached', error);
}

/** A server that cannot be reached, with the system's code for the reason, such as ECONNREFUSED. */
export function toUnavailable(server: string, cause: unknown): CacheError {
  return new CacheError('CACHE_UNAVAILABLE', `${server} cannot be reached (${codeOf(cause)})`, { cause });
}

function codeOf(error: unknown): string {
  const code = typeof error === 'object' && error !== null && 'code' in error ? error.code : undefined;
  return typeof code === 'string' && /^[A-Z0-9_]+$/.test(code) ? code : 'unknown reason';
}
