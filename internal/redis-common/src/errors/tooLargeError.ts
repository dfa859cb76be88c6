import { CacheError } from '@greenroom/cache-core';

/** The error of a read whose value is larger than a cache needs. */
export function toTooLargeError(serverName: string): CacheError {
  return new CacheError(
    'CACHE_TOO_LARGE',
    `${serverName} holds a value that is too large to read: the key is not read for a minute, or until it is set`,
  );
}
