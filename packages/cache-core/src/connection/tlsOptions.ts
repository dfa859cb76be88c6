import { isIP } from 'node:net';
import type { TlsSettings } from '../config/tlsSettings';

/**
 * Adds the host as the name to send to the server (SNI), by which a proxy with several certificates chooses one. Node does
 * not take it from the host by itself. Never an address: RFC 6066, section 3.
 *
 * @param host - Name or address of the server. @defaultValue none, as for a socket in the file system
 */
export function toTlsOptions(tls: TlsSettings, host = ''): TlsSettings {
  if (tls.servername !== undefined || host === '' || isIP(host) !== 0) return tls;
  return { ...tls, servername: host.replace(/\.$/, '') };
}
