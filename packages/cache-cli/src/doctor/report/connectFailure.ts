import type { OpenFailure } from '../link/openSocket';
import type { Findings, Severity } from './findings';

const reasons: Readonly<Record<string, string>> = {
  ECONNREFUSED: 'nothing listens there',
  ENOTFOUND: 'the host name is unknown',
  EAI_AGAIN: 'the name server does not answer',
  EHOSTUNREACH: 'there is no way to the host',
  ENETUNREACH: 'there is no way to its network',
  ETIMEDOUT: 'no answer came',
  ENOENT: 'there is no such socket',
  EACCES: 'this user may not open it',
  ENOTSOCK: 'the path is not that of a socket',
};

/** Adds a finding that says why connecting to a server has failed. */
export function addConnectFailure(
  findings: Findings,
  server: string,
  { stage, code }: OpenFailure,
  severity: Severity = 'error',
): void {
  const common = { severity, server };
  const by = { tcp: 'the connection', tls: 'the TLS handshake', greeting: 'the first commands' }[stage];
  if (stage === 'tcp' && code === 'SILENT') {
    findings.add({
      ...{ ...common, id: 'connect.unreachable', title: 'The server cannot be reached' },
      detail:
        'No answer came to the attempt to connect: a firewall or network policy may drop it, or the host is down.',
      fix: 'Check the host and the port in backend.cache, and that the network lets this machine through.',
    });
  } else if (code === 'SILENT') {
    findings.add({
      ...{ ...common, id: 'connect.silent', title: 'The server accepts connections and says nothing' },
      detail: `The connection is open, and no answer came within a second to ${by}. The server may be frozen or overloaded, or the port another one.`,
      fix: 'Check the server and its load, and whether the port is that of the cache, with TLS or without.',
    });
  } else if (code === 'CLOSED') {
    findings.add({
      ...{ ...common, id: 'connect.closed', title: 'The server closes the connection' },
      detail: `The server accepted the connection and closed it during ${by}. A proxy without a server behind it does that, a server that lets no more clients in, and a port that expects something else.`,
      fix: 'Check that the port is that of the cache, with TLS or without, and what the log of the server or proxy says.',
    });
  } else if (stage === 'tcp' && code in reasons) {
    findings.add({
      ...{ ...common, id: 'connect.unreachable', title: 'The server cannot be reached' },
      detail: `Connecting failed: ${reasons[code]} (${code}).`,
      fix: 'Check the host and the port in backend.cache, that the server is running, and that the network lets this machine through.',
    });
  } else {
    findings.add({
      ...{ ...common, id: 'connect.failed', title: 'The connection fails' },
      detail: `During ${by} came the error ${code}.`,
      fix: 'Look for the error in the log of the server.',
    });
  }
}
