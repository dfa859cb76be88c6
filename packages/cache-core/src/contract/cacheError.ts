/** Every code that a {@link CacheError} can carry, each explained in docs/errors.md. */
export const cacheErrorCodes = [
  'CACHE_AUTH',
  'CACHE_CLOCK_SKEW',
  'CACHE_CLOSED',
  'CACHE_CONFIG',
  'CACHE_CORRUPT',
  'CACHE_DRIVER_MISSING',
  'CACHE_FULL',
  'CACHE_INVALID_KEY',
  'CACHE_INVALID_TTL',
  'CACHE_INVALID_VALUE',
  'CACHE_OVERLOADED',
  'CACHE_READ_ONLY',
  'CACHE_REFUSED',
  'CACHE_TIMEOUT',
  'CACHE_TOO_LARGE',
  'CACHE_UNAVAILABLE',
] as const;

/** One of {@link cacheErrorCodes}. Codes are stable: a new one is a feature, a removed one a breaking change. */
export type CacheErrorCode = (typeof cacheErrorCodes)[number];

/**
 * The one error of Greenroom. Its message holds no credential, no value and no whole key, so it may be logged; its
 * `cause` is the error of a client library and may not.
 */
export class CacheError extends Error {
  readonly code: CacheErrorCode;

  constructor(code: CacheErrorCode, message: string, options?: { readonly cause?: unknown }) {
    super(message, options);
    this.name = 'CacheError';
    this.code = code;
  }
}

/**
 * Whether this is a {@link CacheError}, of any copy of this package: several can be in one process, so errors are told
 * by their code and never by `instanceof`.
 */
export function isCacheError(error: unknown, code?: CacheErrorCode): error is CacheError {
  const found = readCode(error);
  const known = cacheErrorCodes.find(candidate => candidate === found);
  return known !== undefined && (code === undefined || code === known);
}

/** Whatever can be thrown can be asked: a `code` that throws is none. */
function readCode(error: unknown): unknown {
  if (typeof error !== 'object' || error === null) return undefined;
  try {
    return 'code' in error ? error.code : undefined;
  } catch {
    return undefined;
  }
}
