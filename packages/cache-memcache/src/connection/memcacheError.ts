import { CacheError, isCacheError } from '@greenroom/cache-core';

/** Maps an error of a client. Its message is not shown: it can hold what was sent. */
export function toCacheError(error: unknown): CacheError {
  return isCacheError(error) ? error : toUnavailable('Memcached', error);
}

/** Explains codes of the system and of TLS. */
const reasons: readonly (readonly [pattern: RegExp, reason: string])[] = [
  [/^CERT_HAS_EXPIRED$/, 'its certificate has expired'],
  [/^ERR_TLS_CERT_ALTNAME_INVALID$/, 'its certificate is for another name: set `tls.servername` to it'],
  [/SELF_SIGNED_CERT|UNABLE_TO_(?:VERIFY|GET_ISSUER)/, 'its certificate is signed by no known authority: set `tls.ca`'],
  [/^ERR_SSL_WRONG_VERSION_NUMBER$|^EPROTO$/, 'it does not speak TLS, or another version of it'],
  [/^ENOENT$/, 'there is no such socket'],
];

/** A server that cannot be reached. The message has the system's error code, such as ECONNREFUSED. */
export function toUnavailable(server: string, cause: unknown): CacheError {
  const code = codeOf(cause);
  const reason = reasons.find(([pattern]) => pattern.test(code))?.[1];
  const message = `${server} cannot be reached${reason === undefined ? '' : `: ${reason}`} (${code})`;
  return new CacheError('CACHE_UNAVAILABLE', message, { cause });
}

/** A server that closes a connection before it has answered anything. */
export function toRefused(server: string, cause?: unknown): CacheError {
  const message =
    `${server} has closed the connection before it could be used: ` +
    'it may require TLS (memcaches://) or SASL, or may not be Memcached';
  return new CacheError('CACHE_UNAVAILABLE', message, { cause });
}

function codeOf(error: unknown): string {
  const code = typeof error === 'object' && error !== null && 'code' in error ? error.code : undefined;
  // Since OpenSSL 3.2 there are codes such as ERR_SSL_SSL/TLS_ALERT_HANDSHAKE_FAILURE.
  return typeof code === 'string' && /^[A-Z0-9_/]{1,60}$/.test(code) ? code : 'unknown reason';
}
