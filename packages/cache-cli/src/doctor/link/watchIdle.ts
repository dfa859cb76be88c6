import type { Deadline } from './deadline';

/** What something between that closes idle connections after 2 s shows by then. */
const WATCH_MS = 2060;

/** A connection that can be watched. */
export interface WatchedLink {
  /** Whether the server closes the connection within a time. */
  closesWithin(ms: number): Promise<boolean>;
  close(): void;
}

/** Watches a connection that says nothing. Returns after how many seconds it was closed; `undefined` when it was not. */
export async function watchIdle(link: WatchedLink, deadline: Deadline): Promise<number | undefined> {
  const start = performance.now();
  const watchedMs = Math.min(WATCH_MS, deadline.left() - 100);
  const isClosed = watchedMs > 0 && (await link.closesWithin(watchedMs));
  const ms = performance.now() - start;
  link.close();
  return isClosed && !deadline.signal.aborted ? Math.max(0.1, Math.round(ms / 100) / 10) : undefined;
}

/** Resolves to whether a socket closes within a time. */
export function closesWithin(
  socket: { once(event: 'close', listener: () => void): unknown },
  ms: number,
): Promise<boolean> {
  return new Promise(resolve => {
    const timer = setTimeout(() => resolve(false), ms);
    socket.once('close', () => {
      clearTimeout(timer);
      resolve(true);
    });
  });
}
