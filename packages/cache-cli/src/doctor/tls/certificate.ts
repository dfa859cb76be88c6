import type { DetailedPeerCertificate } from 'node:tls';
import type { Findings } from '../report/findings';
import type { Handshake } from './handshake';

const DAY_MS = 86_400_000;
/** Renewal is late by then, even where it is automatic. */
const WARNING_DAYS = 14;
const INFO_DAYS = 30;

const EXPIRED = /^CERT_(?:HAS_EXPIRED|NOT_YET_VALID)$/;

/** Says what is wrong with a certificate, and returns whether the cache accepts its chain. */
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

function addExpiry(server: string, certificate: DetailedPeerCertificate, isLax: boolean, findings: Findings): void {
  for (const { what, from, until } of validitiesOf(certificate)) {
    const days = (until - Date.now()) / DAY_MS;
    if (from > Date.now()) {
      findings.add({
        ...{ id: 'tls.expiring', severity: isLax ? 'warning' : 'error', server, title: `${what} is not valid yet` },
        detail: `${what} is valid from ${toDate(from)} on. One of the clocks may be wrong.`,
        fix: 'Check the clock of this machine, and when the certificate was made.',
      });
    } else if (days <= INFO_DAYS) {
      const isOver = days <= 0;
      const ofLife = days <= WARNING_DAYS ? 'warning' : 'info';
      findings.add({
        ...{ id: 'tls.expiring', severity: isOver && !isLax ? 'error' : ofLife, server },
        title: isOver ? `${what} has expired` : `${what} expires soon`,
        detail: isOver
          ? `${what} ended at ${toDate(until)}, so the cache cannot connect.`
          : `${what} ends at ${toDate(until)}, in ${Math.floor(days)} days. After that the cache cannot connect.`,
        fix: 'Renew it, and have the server load the new one: Redis reads it again at a restart, or at CONFIG SET tls-cert-file.',
      });
    }
  }
}

/** Of the certificate, and of those above it. An authority that signs itself is its own issuer. */
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
