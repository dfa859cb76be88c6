/** Every code of a {@link CacheError}. docs/errors.md explains each. */
export const cacheErrorCodes = [
  'CACHE_AUTH',
  'CACHE_CLOCK_SKEW',
  'CACHE_CLOSED',
  'CACHE_CONFIG',
  'CACHE_CORRUPT',
  'CACHE_DRIVER_MISSING',
  'CACHE_ENCRYPTION_KEY',
  'CACHE_FULL',
  'CACHE_INVALID_CURSOR',
  'CACHE_INVALID_KEY',
  'CACHE_INVALID_TTL',
  'CACHE_INVALID_VALUE',
  'CACHE_LOAD_TIMEOUT',
  'CACHE_OVERLOADED',
  'CACHE_READ_ONLY',
  'CACHE_REFUSED',
  'CACHE_TIMEOUT',
  'CACHE_TOO_LARGE',
  'CACHE_UNAVAILABLE',
  'CACHE_UNSUPPORTED',
] as const;

/** One of {@link cacheErrorCodes}. Codes are stable: adding one is a feature, removing one a breaking change. */
export type CacheErrorCode = (typeof cacheErrorCodes)[number];

/**
 * The error of every Greenroom package. Its message contains no credential, no value and no whole key, so it may be logged. Its
 * `cause`, the error of a client library, may contain them and must not be logged.
 */
export class CacheError extends Error {
  /** What went wrong, for programs. Compare this instead of using `instanceof`. */
  readonly code: CacheErrorCode;

  constructor(code: CacheErrorCode, message: string, options?: { readonly cause?: unknown }) {
    super(message, options);
    this.name = 'CacheError';
    this.code = code;
  }
}

/**
 * Whether this is a {@link CacheError}, and has the code if one is given. Works across several copies of this package in one
 * process, where `instanceof` fails.
 */
export function isCacheError(error: unknown, code?: CacheErrorCode): error is CacheError {
  const found = readCode(error);
  const known = cacheErrorCodes.find(candidate => candidate === found);
  return known !== undefined && (code === undefined || code === known);
}

/** Accepts whatever can be thrown. A getter that throws counts as no code. */
function readCode(error: unknown): unknown {
  if (typeof error !== 'object' || error === null) return undefined;
  try {
    return 'code' in error ? error.code : undefined;
  } catch {
    return undefined;
  }
}
