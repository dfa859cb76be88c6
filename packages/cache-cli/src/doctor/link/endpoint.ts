import type { TlsSettings } from '@greenroom/cache-core';

/** Where a server listens. */
export type Place = { readonly host: string; readonly port: number } | { readonly path: string };

/** A server, and how to connect to it. */
export interface Endpoint {
  /** `host:port`, or the path of a socket, as messages show it. */
  readonly name: string;
  readonly place: Place;
  /** TLS settings. TLS is used when this is present, even if empty. */
  readonly tls?: TlsSettings;
}

/** The name of a server in messages. The host is cleaned, because another server may have sent it. */
export function toPlaceName(place: Place): string {
  if ('path' in place) return clean(place.path);
  const host = clean(place.host);
  return `${host.includes(':') ? `[${host}]` : host}:${place.port}`;
}

/** Makes foreign text safe for a message: short, one line, no control characters. */
export function clean(text: string): string {
  return text
    .slice(0, 200)
    .replace(/[\p{C}\p{Zl}\p{Zp}]+/gu, ' ')
    .trim();
}

/** Whether the server is on this machine, so that no network carries what is sent to it. */
export function isLocal(place: Place): boolean {
  if ('path' in place) return true;
  return /^(?:localhost\.?|127(?:\.\d+){3}|::1)$/i.test(place.host);
}
