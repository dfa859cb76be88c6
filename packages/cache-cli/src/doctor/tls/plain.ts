import type { Deadline } from '../link/deadline';
import type { Endpoint } from '../link/endpoint';
import type { Findings } from '../report/findings';
import { shakeHands } from './handshake';

/** Finding for a server that requires TLS while the configuration has none. */
export const tlsRequired = {
  ...{ id: 'tls.required' as const, severity: 'error' as const, title: 'The server speaks TLS at this port' },
  detail:
    'The configuration has no TLS, and the server answers only with it. The cache cannot connect; no password was sent.',
  fix: 'Use a URL with TLS, such as rediss:// in place of redis://, or tls: true.',
};

/** Whether a server speaks TLS, with any certificate. A TLS alert counts too. */
export async function isTlsServer({ name, place }: Endpoint, deadline: Deadline): Promise<boolean> {
  const result = await shakeHands({ name, place, tls: {} }, deadline);
  return !('stage' in result) || /^ERR_SSL_.*ALERT/.test(result.code);
}

/** Reports where a third party can get the password, or read or change the values. */
export function addTrust(endpoint: Endpoint, hasPassword: boolean, isLocal: boolean, findings: Findings): void {
  const { name: server, tls } = endpoint;
  if (tls?.rejectUnauthorized === false) {
    findings.add({
      ...{ id: 'tls.password', severity: 'warning', server, title: 'The certificate of the server is not checked' },
      detail:
        'rejectUnauthorized is false, so whoever stands between can show any certificate' +
        (hasPassword ? ', and is given the password.' : ', and read and change what is cached.'),
      fix: 'Remove rejectUnauthorized: false, and give the certificate of the authority as tls.ca.',
    });
  } else if (!tls && hasPassword && !isLocal) {
    findings.add({
      ...{ id: 'tls.off', severity: 'warning', server, title: 'The password is sent without TLS' },
      detail:
        'A password is configured and TLS is not, and the server is on another machine: whoever reads the network reads the password and what is cached.',
      fix: 'Use TLS (rediss://, or tls: true), unless the network is yours alone.',
    });
  }
}
