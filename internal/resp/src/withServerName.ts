import { isIP } from 'node:net';
import type { TlsSettings } from '@greenroom/cache-core';
import type { ServerAddress, SocketAddress } from './serverAddress';

/**
 * The settings with the name that is told to the server in the greeting (SNI), which Node does not take from the host by
 * itself: a front with several certificates chooses one by it. Never an address: RFC 6066, section 3.
 */
export function withServerName(tls: TlsSettings, address: ServerAddress | SocketAddress): TlsSettings {
  const host = 'path' in address ? '' : address.host;
  if (tls.servername !== undefined || host === '' || isIP(host) !== 0) return tls;
  return { ...tls, servername: host.replace(/\.$/, '') };
}
