import { X509Certificate } from 'node:crypto';
import type { DetailedPeerCertificate } from 'node:tls';
import type { Findings } from '../report/findings';
import type { Handshake } from './handshake';

const DAY_MS = 86_400_000;
/** By then even an automatic renewal would normally have happened. */
const WARNING_DAYS = 14;
const INFO_DAYS = 30;

const EXPIRED = /^CERT_(?:HAS_EXPIRED|NOT_YET_VALID)$/;

/** Adds what is wrong with a certificate. Returns whether the cache accepts its chain. */
export function addCertificateFindings(
  server: string,
  handshake: Handshake,
  isLax: boolean,
  findings: Findings,
): boolean {
  addExpiry(server, handshake.certificate, isLax, findings);
  const { chainProblem } = handshake;
  if (chainProblem === undefined) return true;
  if (EXPIRED.test(chainProblem) || isLax) return false;
  findings.add({
    ...{ id: 'tls.authority', severity: 'error', server, title: 'The certificate is signed by an unknown authority' },
    detail: `The certificate is not accepted (${chainProblem}), so the cache cannot connect.`,
    fix: 'Give the certificate of the authority that signed it as tls.ca, for example through $file.',
  });
  return false;
}

/** Adds a finding if the certificate that the cache presents to the server is not valid, or soon will not be. */
export function addOwnExpiry(server: string, pem: string, findings: Findings): void {
  const { validFrom, validTo } = new X509Certificate(pem);
  const validity = {
    what: 'The client certificate (tls.cert)',
    from: Date.parse(validFrom),
    until: Date.parse(validTo),
  };
  addValidity(server, validity, false, findings);
}

interface Validity {
  readonly what: string;
  readonly from: number;
  readonly until: number;
}

function addExpiry(server: string, certificate: DetailedPeerCertificate, isLax: boolean, findings: Findings): void {
  for (const validity of validitiesOf(certificate)) addValidity(server, validity, isLax, findings);
}

function addValidity(server: string, { what, from, until }: Validity, isLax: boolean, findings: Findings): void {
  const days = (until - Date.now()) / DAY_MS;
  const common = { id: 'tls.expiring', server } as const;
  if (from > Date.now()) {
    findings.add({
      ...{ ...common, severity: isLax ? 'warning' : 'error', title: `${what} is not valid yet` },
      detail: `${what} is valid from ${toDate(from)} on. One of the clocks may be wrong.`,
      fix: 'Check the clock of this machine, and when the certificate was made.',
    });
  } else if (days <= 0) {
    findings.add({
      ...{ ...common, severity: isLax ? 'warning' : 'error', title: `${what} has expired` },
      detail: `${what} ended at ${toDate(until)}${isLax ? '.' : ', so the cache cannot connect.'}`,
      fix: RENEW,
    });
  } else if (days <= INFO_DAYS) {
    findings.add({
      ...{ ...common, severity: days <= WARNING_DAYS ? 'warning' : 'info', title: `${what} expires soon` },
      detail: `${what} ends at ${toDate(until)}, in ${Math.floor(days)} days. After that the cache cannot connect.`,
      fix: RENEW,
    });
  }
}

const RENEW =
  'Renew it, and have it loaded: Redis reads its own again at a restart, or at CONFIG SET tls-cert-file; a backend at its start.';

/** Validity of the certificate and of those above it in the chain. A self-signed authority is its own issuer, which ends the loop. */
function validitiesOf(certificate: DetailedPeerCertificate) {
  const seen = new Set<string>();
  const validities = [];
  for (
    let next: DetailedPeerCertificate | undefined = certificate;
    next?.valid_to && !seen.has(next.fingerprint256);
    next = next.issuerCertificate
  ) {
    const what = seen.size === 0 ? 'The certificate' : 'The certificate of the authority';
    validities.push({ what, from: Date.parse(next.valid_from), until: Date.parse(next.valid_to) });
    seen.add(next.fingerprint256);
  }
  return validities;
}

function toDate(ms: number): string {
  return `${new Date(ms).toISOString().slice(0, 16).replace('T', ' ')} UTC`;
}
