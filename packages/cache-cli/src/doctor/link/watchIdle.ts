import type { Socket } from 'node:net';
import type { Deadline } from './deadline';

/** Longest watch, in ms: enough to see that a proxy or firewall closes idle connections after 2 s. */
const WATCH_MS = 2060;

/** A connection that can be watched. */
export interface WatchedLink {
  /** Address of this end, as servers print it: `127.0.0.1:40000`. */
  readonly localName: string;
  /** Whether the server closes the connection within so many ms. */
  closesWithin(ms: number): Promise<boolean>;
  close(): void;
}

/** A connection that is being watched. */
export interface IdleWatch {
  /** Seconds after which the connection was closed; `undefined` when it was not, or when the watch was stopped. */
  readonly seconds: Promise<number | undefined>;
  stop(): void;
}

/** Watches a connection on which nothing more is sent. */
export function watchIdle(link: WatchedLink | undefined, deadline: Deadline): IdleWatch {
  let isStopped = false;
  const watch = async () => {
    const start = performance.now();
    const watchedMs = Math.min(WATCH_MS, deadline.left() - 100);
    const isClosed = link !== undefined && watchedMs > 0 && (await link.closesWithin(watchedMs));
    const ms = performance.now() - start;
    link?.close();
    return isClosed && !isStopped && !deadline.signal.aborted ? Math.max(0.1, Math.round(ms / 100) / 10) : undefined;
  };
  return {
    seconds: watch(),
    stop() {
      isStopped = true;
      link?.close();
    },
  };
}

/** Address of this end of a connection. */
export function toLocalName({ localAddress = '', localPort = 0 }: Socket): string {
  return `${localAddress.includes(':') ? `[${localAddress}]` : localAddress}:${localPort}`;
}

/** Resolves to whether a socket closes within so many ms. */
export function closesWithin(socket: Socket, ms: number): Promise<boolean> {
  return new Promise(resolve => {
    const timer = setTimeout(() => resolve(false), ms);
    socket.once('close', () => {
      clearTimeout(timer);
      resolve(true);
    });
  });
}
