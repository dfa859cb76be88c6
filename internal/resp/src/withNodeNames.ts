import { isIP } from 'node:net';
import { checkServerIdentity } from 'node:tls';
import type { PeerCertificate } from 'node:tls';
import type { TlsSettings } from '@greenroom/cache-core';
import type { NodeAccess } from './nodeAccess';

interface NamedTlsSettings extends TlsSettings {
  readonly checkServerIdentity: (name: string, certificate: PeerCertificate) => Error | undefined;
}

/**
 * The access to a node of a cluster that is announced by an IP address: its certificate may be for that, or for one of these
 * names, the first of which is told to the server. A name that the configuration has for it wins.
 */
export function withNodeNames(access: NodeAccess, host: string, names: readonly string[]): NodeAccess {
  const { tls } = access;
  const [servername, ...others] = names.filter(name => isIP(name) === 0).map(name => name.replace(/\.$/, ''));
  if (!tls || tls.servername !== undefined || isIP(host) === 0 || servername === undefined) return access;
  const named: NamedTlsSettings = {
    ...tls,
    servername,
    checkServerIdentity(name, certificate) {
      const error = checkServerIdentity(name, certificate);
      const isOther = [host, ...others].some(other => checkServerIdentity(other, certificate) === undefined);
      return isOther ? undefined : error;
    },
  };
  return { ...access, tls: named };
}
