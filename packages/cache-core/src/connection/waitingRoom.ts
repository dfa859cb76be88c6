import { CacheError } from '../contract/cacheError';

/** Holds operations until it opens, for instance until the very first connection is made. While it is open, nothing waits. */
export interface WaitingRoom {
  /** Whether operations start at once. `false` after `close`. */
  readonly isOpen: boolean;
  /**
   * Starts the operation now, or when the room opens. Rejects with what the operation rejects with; with CACHE_TIMEOUT when the
   * room opens too late for it, CACHE_OVERLOADED when 20,000 operations wait already, CACHE_CLOSED after `close`.
   *
   * @param sinceMs - When the operation began, by `performance.now()`. @defaultValue now
   */
  run<T>(operation: () => Promise<T>, sinceMs?: number): Promise<T>;
  /** Starts everything that waits, in the order in which it came, before this returns. */
  open(): void;
  /** From now on operations wait again, also those that `open` is about to start. */
  hold(): void;
  /** Rejects everything that waits or comes later with CACHE_CLOSED, for good. */
  close(): void;
}

/** Maximum number of operations that wait: bounds their memory. */
const MAX_WAITING = 20_000;

/**
 * Creates a waiting room. An operation that has waited `maxWaitMs` when the room opens is not started but rejected with CACHE_TIMEOUT: its
 * caller has timed out, and writing now could overwrite a newer value.
 *
 * @param toName - Returns the name of the server in messages, with host and port and without credentials.
 * @param maxWaitMs - Longest wait, in ms, above 0: the command timeout.
 * @param isOpen - Whether operations start at once until `hold` is called. @defaultValue false
 */
export function createWaitingRoom(toName: () => string, maxWaitMs: number, isOpen = false): WaitingRoom {
  let waiting: (() => void)[] = [];
  /** Index in `waiting` of the next operation to start. */
  let next = 0;
  let isHeld = !isOpen;
  let isClosed = false;

  function start<T>(operation: () => Promise<T>): Promise<T> {
    return isClosed
      ? Promise.reject(new CacheError('CACHE_CLOSED', `The store of ${toName()} is closed`))
      : operation();
  }

  /** An operation that throws does not keep others from starting. */
  const startSafely = async <T>(operation: () => Promise<T>) => start(operation);

  const startsAtOnce = () => !isHeld && !isClosed && next === waiting.length;

  function open(): void {
    isHeld = false;
    // Operations that are added during this loop come after those that wait already.
    for (let startNext = waiting[next]; startNext && !isHeld; startNext = waiting[next]) {
      next++;
      startNext();
    }
    waiting = waiting.slice(next);
    next = 0;
  }

  return {
    get isOpen() {
      return startsAtOnce();
    },
    run(operation, since) {
      if (isClosed || startsAtOnce()) return start(operation);
      if (waiting.length - next >= MAX_WAITING) return Promise.reject(toOverloadedError(toName()));
      const sinceMs = since ?? performance.now();
      return new Promise((resolve, reject) => {
        waiting.push(() => {
          if (!isClosed && performance.now() - sinceMs >= maxWaitMs) reject(toLateError(toName()));
          else resolve(startSafely(operation));
        });
      });
    },
    open,
    hold() {
      isHeld = true;
    },
    close() {
      isClosed = true;
      open();
    },
  };
}

/** The error for an operation that exceeds the limit. */
export function toOverloadedError(serverName: string): CacheError {
  return new CacheError('CACHE_OVERLOADED', `Too many operations are on their way to ${serverName}`);
}

function toLateError(serverName: string): CacheError {
  return new CacheError('CACHE_TIMEOUT', `The connection to ${serverName} was made too late for this operation`);
}
