import { InputError, NotImplementedError, ServiceUnavailableError } from '@backstage/errors';
import { isCacheError } from '@greenroom/cache-core';
import type { CacheErrorCode } from '@greenroom/cache-core';

const invalid: readonly CacheErrorCode[] = ['CACHE_CONFIG', 'CACHE_INVALID_CURSOR', 'CACHE_INVALID_KEY'];

/**
 * Returns an error that Backstage answers with the right status: 503 for what the store cannot do now, 501 for what it can never do, 400
 * for what no store would accept.
 */
export function toBackstageError(error: unknown): Error {
  if (!isCacheError(error)) return error instanceof Error ? error : new Error(String(error));
  // The cause is left out: an error of a client library can contain credentials, and Backstage would log it.
  const message = `${error.code}: ${error.message}`;
  if (error.code === 'CACHE_UNSUPPORTED') return new NotImplementedError(message);
  if (invalid.includes(error.code)) return new InputError(message);
  return new ServiceUnavailableError(message);
}
