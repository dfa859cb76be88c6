import { CacheError, isCacheError } from '../contract/cacheError';
import type { ConnectionSource } from './connectionSource';

/** How errors are mapped: by the source, and where it fails to, by the kit. */
export type ErrorSource = Pick<ConnectionSource<never>, 'serverName' | 'toCacheError'>;

/** Never throws. */
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
 * The reason of a lost connection, for operations: no deadline of theirs, and never the error itself, about which a driver may
 * remember what is not true of them.
 */
export function toRefusal(error: CacheError): CacheError {
  const code = error.code === 'CACHE_AUTH' ? 'CACHE_AUTH' : 'CACHE_UNAVAILABLE';
  return new CacheError(code, error.message, { cause: error });
}
