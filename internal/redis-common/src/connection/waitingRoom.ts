import { CacheError } from '@greenroom/cache-core';

/** Holds operations until the very first connection. Once it is open, nothing waits. */
export interface WaitingRoom {
  /** Starts the operation now, or when the room opens. `sinceMs`: when it began, by `performance.now()`. */
  run<T>(operation: () => Promise<T>, sinceMs?: number): Promise<T>;
  /** Starts everything that waits, in the order in which it came, before this returns. */
  open(): void;
  /** Rejects everything that waits or comes later. */
  close(): void;
}

/**
 * An operation that has waited longer than `maxWaitMs` is not started but rejected with CACHE_TIMEOUT: its caller has
 * timed out, and writing now could overwrite a newer value.
 */
export function createWaitingRoom(toName: () => string, maxWaitMs: number, isOpen = false): WaitingRoom {
  let waiting: (() => void)[] | undefined = isOpen ? undefined : [];
  let closed = false;

  function start<T>(operation: () => Promise<T>): Promise<T> {
    return closed ? Promise.reject(new CacheError('CACHE_CLOSED', `The store of ${toName()} is closed`)) : operation();
  }

  function open(): void {
    const starts = waiting ?? [];
    waiting = undefined;
    for (const startOne of starts) startOne();
  }

  return {
    run(operation, since) {
      if (!waiting) return start(operation);
      const sinceMs = since ?? performance.now();
      return new Promise((resolve, reject) => {
        waiting?.push(() => {
          if (!closed && performance.now() - sinceMs >= maxWaitMs) reject(toTimeoutError(toName()));
          else start(operation).then(resolve, reject);
        });
      });
    },
    open,
    close() {
      closed = true;
      open();
    },
  };
}

function toTimeoutError(serverName: string): CacheError {
  return new CacheError('CACHE_TIMEOUT', `The connection to ${serverName} was made too late for this operation`);
}
