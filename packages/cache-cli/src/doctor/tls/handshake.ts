import { isIP } from 'node:net';
import { checkServerIdentity } from 'node:tls';
import type { DetailedPeerCertificate, PeerCertificate, TLSSocket } from 'node:tls';
import type { Deadline } from '../link/deadline';
import type { Endpoint } from '../link/endpoint';
import { openSocket } from '../link/openSocket';
import type { OpenFailure } from '../link/openSocket';

/** What a TLS handshake has shown. */
export interface Handshake {
  readonly certificate: DetailedPeerCertificate;
  /** Code of the problem with the chain, such as `SELF_SIGNED_CERT_IN_CHAIN`. */
  readonly chainProblem?: string;
  /** Whether the certificate is for the expected name. */
  readonly fitsName: boolean;
}

/** Settings of a cluster node can have a check of names of their own. */
interface NameCheck {
  readonly checkServerIdentity?: (name: string, certificate: PeerCertificate) => Error | undefined;
}

/**
 * Makes a TLS handshake, reads the certificate whether or not it is trusted, and closes. No application data is sent.
 *
 * @param sni - Name to request; empty for none. @defaultValue the one that the cache requests
 */
export async function shakeHands(
  endpoint: Endpoint,
  deadline: Deadline,
  sni?: string,
): Promise<Handshake | OpenFailure> {
  const { tls = {}, place } = endpoint;
  const expected = expectedName(endpoint);
  const servername = sni ?? tls.servername;
  const tried = { ...tls, ...(servername !== undefined && { servername }), rejectUnauthorized: false };
  const opened = await openSocket({ ...endpoint, place, tls: tried }, deadline);
  if ('failure' in opened) return opened.failure;
  const socket = opened.socket as TLSSocket;
  const certificate = socket.getPeerCertificate(true);
  const { code, message } = (socket.authorizationError ?? {}) as Partial<NodeJS.ErrnoException>;
  // Node sets either the code itself or an error.
  const problem = typeof socket.authorizationError === 'string' ? socket.authorizationError : (code ?? message);
  socket.destroy();
  const check = (tls as NameCheck).checkServerIdentity ?? checkServerIdentity;
  return {
    certificate,
    fitsName: expected === '' || check(expected, certificate) === undefined,
    ...(problem !== undefined && problem !== 'ERR_TLS_CERT_ALTNAME_INVALID' && { chainProblem: problem }),
  };
}

/** The name that the certificate of the server must have. */
export function expectedName({ tls, place }: Endpoint): string {
  if (tls?.servername) return tls.servername;
  return 'path' in place ? 'localhost' : place.host.replace(/\.$/, '');
}

/** The name that the cache requests from the server (SNI); empty when it requests none. */
export function sentName(endpoint: Endpoint): string {
  const { tls, place } = endpoint;
  if (tls?.servername !== undefined) return tls.servername;
  return 'path' in place || isIP(place.host) !== 0 ? '' : expectedName(endpoint);
}

/** The host names in a certificate. */
export function namesOf({ subjectaltname = '', subject }: PeerCertificate): readonly string[] {
  const names = subjectaltname
    .split(/,\s*/)
    .map(name => name.replace(/^(?:DNS|IP Address):"?([^"]*)"?$/, '$1'))
    .filter(name => name !== '');
  const common = subject?.CN;
  return names.length > 0 || common === undefined ? names : [common].flat();
}
