import { clean } from '../link/endpoint';
import type { Deadline } from '../link/deadline';
import type { Endpoint } from '../link/endpoint';
import type { OpenFailure } from '../link/openSocket';
import { addConnectFailure } from '../report/connectFailure';
import type { Findings } from '../report/findings';
import { addCertificateFindings, addOwnExpiry } from './certificate';
import { explainName } from './explainName';
import { sentName, shakeHands } from './handshake';

/** Finds out whether a server answers without TLS. Sends nothing secret. */
export type SpeaksPlainly = (endpoint: Endpoint, deadline: Deadline) => Promise<boolean>;

/** Checks the TLS of a server. Returns whether the cache can connect. Only for an endpoint with TLS. */
export async function checkTls(
  endpoint: Endpoint,
  speaksPlainly: SpeaksPlainly,
  { findings, deadline }: { readonly findings: Findings; readonly deadline: Deadline },
): Promise<boolean> {
  const { name: server, tls = {} } = endpoint;
  const result = await shakeHands(endpoint, deadline);
  if ('stage' in result) {
    await explainFailure(endpoint, result, speaksPlainly, { findings, deadline });
    return false;
  }
  if (tls.cert !== undefined) addOwnExpiry(server, tls.cert, findings);
  const isLax = tls.rejectUnauthorized === false;
  const isUsable = addCertificateFindings(server, result, isLax, findings);
  if (!result.fitsName && !isLax) {
    findings.add({ ...(await explainName(endpoint, result, deadline)), severity: 'error', server });
    return false;
  }
  return isUsable || isLax;
}

/** OpenSSL's error codes for bytes that are not TLS. */
const NO_TLS = /^ERR_SSL_(?:WRONG_VERSION_NUMBER|PACKET_LENGTH_TOO_LONG|.*UNKNOWN_PROTOCOL|HTTP_REQUEST)$/;
const WANTS_CERTIFICATE =
  /CERTIFICATE_REQUIRED|BAD_CERTIFICATE|ALERT_UNKNOWN_CA|ALERT_CERTIFICATE_(?:UNKNOWN|EXPIRED|REVOKED)/;
const REFUSED = /^CLOSED$|UNRECOGNIZED_NAME|HANDSHAKE_FAILURE|ALERT_INTERNAL_ERROR|ALERT_ACCESS_DENIED/;

async function explainFailure(
  endpoint: Endpoint,
  failure: OpenFailure,
  speaksPlainly: SpeaksPlainly,
  { findings, deadline }: { readonly findings: Findings; readonly deadline: Deadline },
): Promise<void> {
  const { name: server } = endpoint;
  const { stage, code } = failure;
  if (stage === 'tcp') return addConnectFailure(findings, server, failure);
  if (WANTS_CERTIFICATE.test(code)) return findings.add({ ...clientCertificate(code), server });
  const isPlain = NO_TLS.test(code) || (await speaksPlainly(endpoint, deadline));
  if (isPlain) {
    return findings.add({
      ...{ id: 'tls.not-spoken', severity: 'error', server, title: 'The server does not speak TLS at this port' },
      detail:
        'The configuration has TLS, and the server answers without it. The cache cannot connect, and sends no password.',
      fix: 'Use the port at which the server speaks TLS, or a URL without it, such as redis:// in place of rediss://.',
    });
  }
  if (REFUSED.test(code) && (await isForAnotherName(endpoint, code, deadline))) {
    const asked = sentName(endpoint);
    return findings.add({
      ...{
        id: 'tls.sni',
        severity: 'error',
        server,
        title: 'The server ends the TLS handshake: the name is not one of its own',
      },
      detail:
        (asked === ''
          ? 'No name was asked for (SNI), since the host is an address'
          : `'${clean(asked)}' was asked for (SNI)`) +
        `, and the handshake failed (${code}). A server or proxy that chooses by name does that for a name that it does not know.`,
      fix: 'Use the name that the server expects as the host, or write it as tls.servername.',
    });
  }
  addConnectFailure(findings, server, failure);
}

async function isForAnotherName(endpoint: Endpoint, code: string, deadline: Deadline): Promise<boolean> {
  const asked = sentName(endpoint);
  if (code.includes('UNRECOGNIZED_NAME') || asked === '' || endpoint.tls?.servername !== undefined) return true;
  return !('stage' in (await shakeHands(endpoint, deadline, '')));
}

/** The finding for a missing client certificate. With TLS 1.2 the handshake fails, with TLS 1.3 the first read after it. */
export function clientCertificate(code: string) {
  return {
    ...{ id: 'auth.failed' as const, severity: 'error' as const, title: 'The server wants a client certificate' },
    detail: `The server ended the connection because of the certificate of the client (${code}). The cache cannot connect.`,
    fix: 'Give a certificate that the server trusts as tls.cert, and its key as tls.key; or set tls-auth-clients no at the server.',
  };
}

/** Whether an error means that the server wants a client certificate. */
export function wantsCertificate(code: string): boolean {
  return WANTS_CERTIFICATE.test(code);
}
