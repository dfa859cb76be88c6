import { CacheError, isCacheError } from '@greenroom/cache-core';

/** Maps what a client rejects with. Of its text nothing is shown, since it can hold what was sent. */
export function toCacheError(error: unknown): CacheError {
  return isCacheError(error) ? error : toUnavailable('Memcached', error);
}

/** What an operator can do about codes of the system and of TLS that say little by themselves. */
const reasons: readonly (readonly [pattern: RegExp, reason: string])[] = [
  [/^CERT_HAS_EXPIRED$/, 'its certificate has expired'],
  [/^ERR_TLS_CERT_ALTNAME_INVALID$/, 'its certificate is for another name, which `tls.servername` may give'],
  [
    /SELF_SIGNED_CERT|UNABLE_TO_(?:VERIFY|GET_ISSUER)/,
    'nobody vouches for its certificate, for which there is `tls.ca`',
  ],
  [/^ERR_SSL_WRONG_VERSION_NUMBER$|^EPROTO$/, 'it does not speak TLS, or another version of it'],
  [/^ENOENT$/, 'there is no such socket'],
];

/** A server that cannot be reached, with the system's code for the reason, such as ECONNREFUSED. */
export function toUnavailable(server: string, cause: unknown): CacheError {
  const code = codeOf(cause);
  const reason = reasons.find(([pattern]) => pattern.test(code))?.[1];
  const message = `${server} cannot be reached${reason === undefined ? '' : `: ${reason}`} (${code})`;
  return new CacheError('CACHE_UNAVAILABLE', message, { cause });
}

/** A server that ends a connection before it has answered anything. */
export function toRefused(server: string, cause?: unknown): CacheError {
  const message =
    `${server} has closed the connection before it could be used: ` +
    'it may want TLS (memcaches://) or SASL, or be no Memcached';
  return new CacheError('CACHE_UNAVAILABLE', message, { cause });
}

function codeOf(error: unknown): string {
  const code = typeof error === 'object' && error !== null && 'code' in error ? error.code : undefined;
  return typeof code === 'string' && /^[A-Z0-9_]{1,60}$/.test(code) ? code : 'unknown reason';
}
