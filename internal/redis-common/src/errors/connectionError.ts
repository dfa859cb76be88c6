import { CacheError } from '@greenroom/cache-core';
import { cleanText } from './cleanText';
import { fromErrorReply } from './errorReply';
import type { ServerPlace } from './serverPlace';

const WRONG_AUTHORITY =
  'its certificate is signed by no known authority: give the certificate of that authority as tls.ca';
const HANDSHAKE_REFUSED = 'it refused the TLS handshake: it may require tls.cert and tls.key';
const NO_TLS = 'it does not speak TLS: use a URL with redis:// or valkey://, or another port';

/** Explains the TLS error codes of Node and OpenSSL. Since OpenSSL 3.2 (Node 22 and 24), alerts of SSLV3 have SSL/TLS in their names. */
const tlsProblems = new Map<string, string>([
  ['DEPTH_ZERO_SELF_SIGNED_CERT', WRONG_AUTHORITY],
  ['SELF_SIGNED_CERT_IN_CHAIN', WRONG_AUTHORITY],
  ['UNABLE_TO_VERIFY_LEAF_SIGNATURE', WRONG_AUTHORITY],
  ['UNABLE_TO_GET_ISSUER_CERT', WRONG_AUTHORITY],
  ['UNABLE_TO_GET_ISSUER_CERT_LOCALLY', WRONG_AUTHORITY],
  ['CERT_SIGNATURE_FAILURE', WRONG_AUTHORITY],
  ['CERT_HAS_EXPIRED', 'its certificate has expired: renew it'],
  ['CERT_NOT_YET_VALID', 'its certificate is not valid yet: check the clocks'],
  [
    'ERR_TLS_CERT_ALTNAME_INVALID',
    'its certificate is for another name: use that name as the host, or set tls.servername to it',
  ],
  ['ERR_SSL_WRONG_VERSION_NUMBER', NO_TLS],
  ['ERR_SSL_PACKET_LENGTH_TOO_LONG', NO_TLS],
  ['ERR_SSL_TLSV13_ALERT_CERTIFICATE_REQUIRED', 'it requires a client certificate: set tls.cert and tls.key'],
  ['ERR_SSL_TLSV1_ALERT_UNKNOWN_CA', 'it does not accept the certificate in tls.cert'],
  ['ERR_SSL_SSLV3_ALERT_BAD_CERTIFICATE', 'it does not accept the certificate in tls.cert'],
  ['ERR_SSL_SSL/TLS_ALERT_BAD_CERTIFICATE', 'it does not accept the certificate in tls.cert'],
  ['ERR_SSL_TLSV1_UNRECOGNIZED_NAME', 'it does not know the name that it was asked for: set tls.servername'],
  ['ERR_SSL_SSLV3_ALERT_HANDSHAKE_FAILURE', HANDSHAKE_REFUSED],
  ['ERR_SSL_SSL/TLS_ALERT_HANDSHAKE_FAILURE', HANDSHAKE_REFUSED],
]);

/** Error codes and client library messages of a connection that the server has closed. */
const CLOSED = /^(?:ECONNRESET|EPIPE|Socket closed unexpectedly|Connection is closed\.?)$/;

/** Maps a connection error by its system code, such as ECONNREFUSED, or by the message of the client library. */
export function fromConnectionError(place: ServerPlace, error: unknown): CacheError {
  const { serverName, isConnecting = false, hasTls = false, refusal } = place;
  if (refusal !== undefined) return fromErrorReply(place, refusal);
  const reason = reasonOf(error);
  if (CLOSED.test(reason)) {
    const problem = isConnecting ? 'closed the connection before it was ready' : 'closed the connection';
    return new CacheError('CACHE_UNAVAILABLE', `${serverName} ${problem} (${reason})${hintOf(isConnecting, hasTls)}`, {
      cause: error,
    });
  }
  const problem = tlsProblems.get(reason);
  const shown = problem === undefined ? reason : `${reason}; ${problem}`;
  return new CacheError('CACHE_UNAVAILABLE', `${serverName} cannot be reached (${shown})`, { cause: error });
}

function hintOf(isConnecting: boolean, hasTls: boolean): string {
  if (!isConnecting) return '';
  return hasTls
    ? ': it may not speak TLS, may require tls.cert and tls.key, or may expect another tls.servername'
    : ': it may speak TLS; if so, use a URL with rediss:// or valkeys://';
}

function reasonOf(error: unknown): string {
  // A host name with several addresses gives one error per address.
  const first = propertyOf(propertyOf(error, 'errors'), '0') ?? error;
  const code = propertyOf(first, 'code');
  if (typeof code === 'string') return cleanText(code);
  const message = propertyOf(first, 'message');
  return typeof message === 'string' ? cleanText(withoutReply(message)) : 'unknown';
}

/** Removes the unexpected reply that iovalkey appends, because it can be a value. */
function withoutReply(message: string): string {
  return message.replace(/ Last (?:reply|error): .*$/s, '');
}

function propertyOf(value: unknown, name: string): unknown {
  return typeof value === 'object' && value !== null ? (value as Record<string, unknown>)[name] : undefined;
}
