import type { ServerAddress } from './serverAddress';

/** Name of a server in messages: `host:port`, IPv6 in brackets, or the path of its socket. */
export function toServerName(address: ServerAddress): string {
  if ('path' in address) return address.path;
  const { host, port } = address;
  return `${host.includes(':') ? `[${host}]` : host}:${port}`;
}
