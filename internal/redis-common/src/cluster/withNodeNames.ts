import { isIP } from 'node:net';
import { checkServerIdentity } from 'node:tls';
import type { PeerCertificate } from 'node:tls';
import type { TlsSettings } from '@greenroom/cache-core';
import type { NodeAccess } from '../config/nodeAccess';

interface NamedTlsSettings extends TlsSettings {
  readonly checkServerIdentity: (name: string, certificate: PeerCertificate) => Error | undefined;
}

/**
 * Access to a cluster node that is announced by an IP address. Its certificate may be for the address or for any of
 * `names`; the first name is sent to the server (SNI). A `servername` of the configuration wins.
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
