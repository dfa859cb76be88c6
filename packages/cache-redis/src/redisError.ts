import { isCacheError } from '@greenroom/cache-core';
import type { CacheError } from '@greenroom/cache-core';
import { fromConnectionError, fromErrorReply } from '@greenroom/resp';
import { ErrorReply } from 'redis';

/** Maps an error of the client library, whose own text is not shown when it can hold what was sent. */
export function toCacheError(error: unknown): CacheError {
  if (isCacheError(error)) return error;
  if (error instanceof ErrorReply) return fromErrorReply('Redis', error.message, error);
  return fromConnectionError('Redis', error);
}
