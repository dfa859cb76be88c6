import { isIP } from 'node:net';
import type { TlsSettings } from '@greenroom/cache-core';
import type { ServerAddress, SocketAddress } from '../config/serverAddress';

/**
 * Adds the host as the name to send to the server (SNI), by which a proxy with several certificates chooses one. Node does
 * not take it from the host by itself. Never an address: RFC 6066, section 3.
 */
export function withSni(tls: TlsSettings, address: ServerAddress | SocketAddress): TlsSettings {
  const host = 'path' in address ? '' : address.host;
  if (tls.servername !== undefined || host === '' || isIP(host) !== 0) return tls;
  return { ...tls, servername: host.replace(/\.$/, '') };
}
