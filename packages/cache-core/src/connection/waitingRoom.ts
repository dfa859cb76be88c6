import { CacheError } from '../contract/cacheError';

/** Holds operations until it opens, such as until the very first connection. While it is open, nothing waits. */
export interface WaitingRoom {
  /** Whether operations start at once. */
  readonly isOpen: boolean;
  /**
   * Starts the operation now, or when the room opens. Rejects with CACHE_TIMEOUT after too long a wait, CACHE_OVERLOADED when
   * 20,000 operations wait already, CACHE_CLOSED after `close`.
   *
   * @param sinceMs - When the operation began, by `performance.now()`. @defaultValue now
   */
  run<T>(operation: () => Promise<T>, sinceMs?: number): Promise<T>;
  /** Starts everything that waits, in the order in which it came, before this returns. */
  open(): void;
  /** From now on operations wait again. */
  hold(): void;
  /** Rejects everything that waits or comes later. */
  close(): void;
}

/** Bounds the memory of what waits. */
const MAX_WAITING = 20_000;

/**
 * An operation that has waited longer than `maxWaitMs` is not started but rejected with CACHE_TIMEOUT: its caller has
 * timed out, and writing now could overwrite a newer value.
 *
 * @param toName - What messages call the server.
 */
export function createWaitingRoom(toName: () => string, maxWaitMs: number, isOpen = false): WaitingRoom {
  let waiting: (() => void)[] | undefined = isOpen ? undefined : [];
  let isClosed = false;

  function start<T>(operation: () => Promise<T>): Promise<T> {
    return isClosed
      ? Promise.reject(new CacheError('CACHE_CLOSED', `The store of ${toName()} is closed`))
      : operation();
  }

  function open(): void {
    const starts = waiting ?? [];
    waiting = undefined;
    for (const startOne of starts) startOne();
  }

  return {
    get isOpen() {
      return !waiting;
    },
    run(operation, since) {
      if (!waiting) return start(operation);
      if (waiting.length >= MAX_WAITING) return Promise.reject(toOverloadedError(toName()));
      const sinceMs = since ?? performance.now();
      return new Promise((resolve, reject) => {
        waiting?.push(() => {
          if (!isClosed && performance.now() - sinceMs >= maxWaitMs) reject(toLateError(toName()));
          else start(operation).then(resolve, reject);
        });
      });
    },
    open,
    hold() {
      if (!isClosed) waiting ??= [];
    },
    close() {
      isClosed = true;
      open();
    },
  };
}

/** For an operation that is one too many. */
export function toOverloadedError(serverName: string): CacheError {
  return new CacheError('CACHE_OVERLOADED', `Too many operations are on their way to ${serverName}`);
}

function toLateError(serverName: string): CacheError {
  return new CacheError('CACHE_TIMEOUT', `The connection to ${serverName} was made too late for this operation`);
}
