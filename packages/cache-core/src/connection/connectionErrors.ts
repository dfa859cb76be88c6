import { CacheError, isCacheError } from '../contract/cacheError';
import type { ConnectionSource } from './connectionSource';

/** The part of a source that maps errors. Where the source fails to, the kit maps them. */
export type ErrorSource = Pick<ConnectionSource<never>, 'serverName' | 'toCacheError'>;

/** Maps any error to a CacheError. Never throws. */
export function toCacheErrorOf(source: ErrorSource, error: unknown): CacheError {
  if (isCacheError(error)) return error;
  let cause = error;
  try {
    const mapped: unknown = source.toCacheError(error);
    if (isCacheError(mapped)) return mapped;
  } catch (thrown) {
    cause = thrown;
  }
  return new CacheError(
    'CACHE_UNAVAILABLE',
    `${source.serverName} failed, and toCacheError gives no CacheError for it`,
    {
      cause,
    },
  );
}

export function toSilenceError({ serverName }: ErrorSource): CacheError {
  return new CacheError('CACHE_TIMEOUT', `${serverName} does not answer`);
}

export function toUnavailableError({ serverName }: ErrorSource): CacheError {
  return new CacheError('CACHE_UNAVAILABLE', `${serverName} is not connected`);
}

/**
 * Makes the error for operations from the reason of a lost connection. It is not CACHE_TIMEOUT, because no deadline of theirs has expired,
 * and never the error itself, because a driver may remember facts about that error that do not apply to the operations.
 */
export function toRefusal(error: CacheError): CacheError {
  const code = error.code === 'CACHE_AUTH' ? 'CACHE_AUTH' : 'CACHE_UNAVAILABLE';
  return new CacheError(code, error.message, { cause: error });
}
