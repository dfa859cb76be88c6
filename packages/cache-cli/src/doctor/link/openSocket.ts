import { connect as connectTcp } from 'node:net';
import type { Socket } from 'node:net';
import { connect as connectTls } from 'node:tls';
import type { TLSSocket } from 'node:tls';
import { toTlsOptions } from '@greenroom/cache-core/connection';
import type { Deadline } from './deadline';
import type { Endpoint, Place } from './endpoint';

/** Longest time to make a connection, TLS included, in ms. */
const CONNECT_MS = 900;

/** Why there is no connection. */
export interface OpenFailure {
  /** How far it got: `tcp` until the server is reached, `tls` until the handshake is done, `greeting` until the first reply. */
  readonly stage: 'tcp' | 'tls' | 'greeting';
  /** Code of the system or of OpenSSL, such as `ECONNREFUSED`; `SILENT` when nothing came, `CLOSED` when the server closed. */
  readonly code: string;
}

/** A connection, or why there is none. */
export type Opened = { readonly socket: Socket } | { readonly failure: OpenFailure };

/** Connects, with TLS if the endpoint has it. Sends nothing before TLS is up. The connection ends at the deadline. Never rejects. */
export function openSocket({ place, tls }: Endpoint, deadline: Deadline, timeoutMs = CONNECT_MS): Promise<Opened> {
  return new Promise(resolve => {
    const tcp = connectTcp('path' in place ? { path: place.path } : { host: place.host, port: place.port });
    let socket: Socket = tcp;
    let stage: OpenFailure['stage'] = 'tcp';
    const destroy = () => tcp.destroy();
    const finish = (opened: Opened) => {
      clearTimeout(timer);
      deadline.signal.removeEventListener('abort', beSilent);
      socket.off('error', fail).off('close', close).on('error', ignore);
      if ('failure' in opened) tcp.destroy();
      resolve(opened);
    };
    const fail = (error: Error) => finish({ failure: { stage, code: codeOf(error) } });
    const close = () => finish({ failure: { stage, code: 'CLOSED' } });
    const beSilent = () => finish({ failure: { stage, code: 'SILENT' } });
    const timer = setTimeout(beSilent, Math.min(timeoutMs, deadline.left()));
    tcp.on('error', fail).on('close', close);
    if (deadline.signal.aborted) return beSilent();
    deadline.signal.addEventListener('abort', beSilent);
    deadline.signal.addEventListener('abort', destroy);
    tcp.once('close', () => deadline.signal.removeEventListener('abort', destroy));
    tcp.once('connect', () => {
      tcp.setNoDelay();
      if (!tls) return finish({ socket: tcp });
      stage = 'tls';
      tcp.off('error', fail).off('close', close).on('error', ignore);
      socket = secure(tcp, place, tls).on('error', fail).on('close', close);
      socket.once('secureConnect', () => finish({ socket }));
    });
  });
}

function secure(tcp: Socket, place: Place, tls: NonNullable<Endpoint['tls']>): TLSSocket {
  const host = 'path' in place ? 'localhost' : place.host;
  return connectTls({ ...toTlsOptions(tls, 'path' in place ? '' : host), host, socket: tcp });
}

/** Ignores errors of a connection that has been given up. */
function ignore(): void {}

/** The code of an error. For a name with several addresses, Node reports one error for each of them; the first is used. */
export function codeOf(error: unknown): string {
  const { errors, code } = error as { readonly errors?: readonly unknown[]; readonly code?: unknown };
  const first = errors?.[0] as { readonly code?: unknown } | undefined;
  const found = first?.code ?? code;
  if (found === 'ECONNRESET' || found === 'EPIPE') return 'CLOSED';
  // Since OpenSSL 3.2 there are codes such as ERR_SSL_SSL/TLS_ALERT_HANDSHAKE_FAILURE.
  return typeof found === 'string' && /^[\w/]{1,80}$/.test(found) ? found : 'UNKNOWN';
}
