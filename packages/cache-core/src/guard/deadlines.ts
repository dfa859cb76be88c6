import { CacheError } from '../contract/cacheError';

// Node turns a longer delay into 1 ms.
const MAX_TIMER_MS = 2 ** 31 - 1;
/** Longest grace for replies that have not been read yet, or after a blocked event loop. */
const MAX_DELAY_MS = 50;
/** Longest grace after a blocked event loop while replies keep coming. */
const MAX_BUSY_DELAY_MS = 200;
/** A timer that fires later than this was held up by a blocked event loop. */
const LATE_MS = 20;

/** What waits for an answer. It is its own link in the list, which saves a second object per operation. */
export class Waiting {
  /** The time from which its deadline counts; 0: it has not been sent. */
  startedAtMs = 0;
  previous: Waiting | undefined = undefined;
  next: Waiting | undefined = undefined;
}

/** Deadlines of one common length. */
export interface Deadlines<T extends Waiting> {
  /**
   * Starts the deadline, which counts from `startedAtMs`. `nowMs` is the current time, if it differs. Node writes to a socket only at the
   * end of a turn of the event loop, so what was added during a long turn still has at least half of its time then.
   */
  add(waiting: T, startedAtMs: number, nowMs?: number): void;
  /** Removes what has been answered. Returns false when that is too late: the deadline has expired. */
  remove(waiting: T): boolean;
  /** What has waited longest. Its `next` leads to the others. */
  readonly oldest: Waiting | undefined;
}

/**
 * A linked list with one timer, which costs much less than a timer per operation: all deadlines have the same length, so the oldest is
 * always due next. Calls `expire` at most once for each, with CACHE_TIMEOUT.
 */
export function createDeadlines<T extends Waiting>(
  timeoutMs: number,
  expire: (waiting: T, error: CacheError) => void,
): Deadlines<T> {
  return new DeadlineList(timeoutMs, expire);
}

class DeadlineList<T extends Waiting> implements Deadlines<T> {
  readonly #timeoutMs: number;
  readonly #expire: (waiting: T, error: CacheError) => void;
  #oldest: Waiting | undefined;
  #newest: Waiting | undefined;
  #timerArmed = false;
  #answers = 0;
  /** When the first deadline of this turn of the event loop was added. */
  #turnStartedAtMs: number | undefined;
  readonly #endTurn = () => this.#leaveHalfOfTime();

  constructor(timeoutMs: number, expire: (waiting: T, error: CacheError) => void) {
    this.#timeoutMs = timeoutMs;
    this.#expire = expire;
  }

  get oldest(): Waiting | undefined {
    return this.#oldest;
  }

  add(waiting: T, startedAtMs: number, nowMs = startedAtMs): void {
    waiting.startedAtMs = startedAtMs;
    if (this.#turnStartedAtMs === undefined) {
      this.#turnStartedAtMs = nowMs;
      process.nextTick(this.#endTurn);
    }
    this.#insert(waiting);
    if (!this.#timerArmed) this.#arm(this.#timeoutMs);
  }

  remove(waiting: T): boolean {
    if (!waiting.previous && this.#oldest !== waiting) return false;
    this.#answers++;
    this.#unlink(waiting);
    return true;
  }

  /** Keeps the list sorted by start time. That is almost always an append, but an operation from the backlog may have started earlier. */
  #insert(waiting: Waiting): void {
    let previous = this.#newest;
    let next: Waiting | undefined;
    while (previous && previous.startedAtMs > waiting.startedAtMs) {
      next = previous;
      previous = previous.previous;
    }
    waiting.previous = previous;
    waiting.next = next;
    if (previous) previous.next = waiting;
    else this.#oldest = waiting;
    if (next) next.previous = waiting;
    else this.#newest = waiting;
  }

  #leaveHalfOfTime(): void {
    const turnStartedAtMs = this.#turnStartedAtMs ?? 0;
    this.#turnStartedAtMs = undefined;
    const earliestMs = performance.now() - this.#timeoutMs / 2;
    if (turnStartedAtMs >= earliestMs) return;
    for (let added = this.#newest; added && added.startedAtMs >= turnStartedAtMs; added = added.previous) {
      added.startedAtMs = Math.max(added.startedAtMs, earliestMs);
    }
  }

  #unlink(waiting: Waiting): void {
    const { previous, next } = waiting;
    if (previous) previous.next = next;
    else this.#oldest = next;
    if (next) next.previous = previous;
    else this.#newest = previous;
    waiting.previous = undefined;
    waiting.next = undefined;
  }

  #expiryOf({ startedAtMs }: Waiting): number {
    return startedAtMs + this.#timeoutMs;
  }

  #arm(delayMs: number): void {
    this.#timerArmed = true;
    setTimeout(() => this.#wake(), Math.min(delayMs, MAX_TIMER_MS)).unref();
  }

  /** A blocked event loop is not an outage: it held up the sending, too. */
  #wake(): void {
    const dueMs = performance.now();
    const wasBlocked = this.#oldest !== undefined && dueMs > this.#expiryOf(this.#oldest) + LATE_MS;
    if (wasBlocked) this.#expireWhenSilent(dueMs);
    else this.#expireWhenRead(dueMs);
  }

  /** Waits as long as replies keep coming: a driver may send one request at a time, and a busy machine needs longer for each. */
  #expireWhenSilent(dueMs: number, untilMs = dueMs + MAX_BUSY_DELAY_MS): void {
    const answers = this.#answers;
    const expireOrWait = () => {
      if (this.#answers === answers || performance.now() >= untilMs) this.#expireWhenRead(dueMs);
      else this.#expireWhenSilent(dueMs, untilMs);
    };
    setTimeout(expireOrWait, MAX_DELAY_MS).unref();
  }

  /** Reads the replies that wait in the socket before giving up. Each turn of the event loop reads a part of them. */
  #expireWhenRead(dueMs: number, startedAtMs = performance.now()): void {
    const answers = this.#answers;
    setImmediate(() => {
      if (this.#answers === answers || performance.now() - startedAtMs > MAX_DELAY_MS) this.#expireUntil(dueMs);
      else this.#expireWhenRead(dueMs, startedAtMs);
    });
  }

  #expireUntil(dueMs: number): void {
    while (this.#oldest && this.#expiryOf(this.#oldest) <= dueMs) {
      const waiting = this.#oldest;
      this.#unlink(waiting);
      // The cast is safe: only `add` adds to the list.
      this.#expire(waiting as T, toTimeoutError(this.#timeoutMs));
    }
    this.#timerArmed = false;
    if (this.#oldest) this.#arm(Math.max(1, Math.ceil(this.#expiryOf(this.#oldest) - performance.now())));
  }
}

export function toTimeoutError(timeoutMs: number): CacheError {
  return new CacheError('CACHE_TIMEOUT', `The store did not answer within ${timeoutMs} ms`);
}
