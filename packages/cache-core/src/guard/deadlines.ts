import { isPromise } from '../contract/awaitable';
import type { Awaitable } from '../contract/awaitable';
import { CacheError } from '../contract/cacheError';

// Node makes 1 ms of a longer timer.
const MAX_TIMER_MS = 2 ** 31 - 1;
/** How long answers that are still being read, or a blocked event loop, may put a deadline off. */
const MAX_DELAY_MS = 50;
/** The same after a blocked event loop, while answers come one after another. */
const MAX_BUSY_DELAY_MS = 200;
/** A timer that is later than this was held up by a blocked event loop. */
const LATE_MS = 20;

/** What waits for an answer. It is its own link in the list of those that do, so that waiting takes no memory besides. */
export class Waiting {
  startedAtMs = 0;
  previous: Waiting | undefined = undefined;
  next: Waiting | undefined = undefined;
}

/** Gives what waits a common longest time. */
export interface Deadlines<T extends Waiting> {
  /**
   * `startedAtMs`: when it was sent. At the end of a long turn of the event loop, before which nothing goes out, what was sent in it
   * has at least half of its time left. `nowMs`: the time, where it was sent later than its deadline counts from.
   */
  add(waiting: T, startedAtMs: number, nowMs?: number): void;
  /** To be called with the answer. `false`: too late, it has expired. */
  remove(waiting: T): boolean;
  /** What has waited longest; those after it are its `next`. */
  readonly oldest: Waiting | undefined;
}

/**
 * Deadlines of one length each, so the oldest is always the next one due: a linked list with one timer costs a fraction of a
 * timer per operation. `expire` is called, at most once for each, with CACHE_TIMEOUT.
 */
export function createDeadlines<T extends Waiting>(
  timeoutMs: number,
  expire: (waiting: T, error: CacheError) => void,
): Deadlines<T> {
  return new DeadlineList(timeoutMs, expire);
}

/** Settles as the promise does, or rejects with CACHE_TIMEOUT when that takes too long. */
export type Race = <T>(answer: Awaitable<T>) => Promise<T>;

/** Deadlines for promises. */
export function createRace(timeoutMs: number): Race {
  class Racing extends Waiting {
    constructor(readonly reject: (error: CacheError) => void) {
      super();
    }
  }
  const deadlines = createDeadlines<Racing>(timeoutMs, ({ reject }, error) => reject(error));
  return async answer => {
    if (!isPromise(answer)) return answer;
    return new Promise((resolve, reject) => {
      const racing = new Racing(reject);
      deadlines.add(racing, performance.now());
      void answer.then(resolve, reject).finally(() => deadlines.remove(racing));
    });
  };
}

class DeadlineList<T extends Waiting> implements Deadlines<T> {
  readonly #timeoutMs: number;
  readonly #expire: (waiting: T, error: CacheError) => void;
  #oldest: Waiting | undefined;
  #newest: Waiting | undefined;
  #timerArmed = false;
  #answers = 0;
  /** When the first one was added in this turn of the event loop. */
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

  /** Behind all that started before: at the end, but for what has waited for its turn. */
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

  /** A blocked event loop is not an outage: what was to be sent was held up as well, and can have gone out only now. */
  #wake(): void {
    const dueMs = performance.now();
    const wasBlocked = this.#oldest !== undefined && dueMs > this.#expiryOf(this.#oldest) + LATE_MS;
    if (wasBlocked) this.#expireWhenSilent(dueMs);
    else this.#expireWhenRead(dueMs);
  }

  /** A driver may send one request at a time, and a busy machine takes longer for each. */
  #expireWhenSilent(dueMs: number, untilMs = dueMs + MAX_BUSY_DELAY_MS): void {
    const answers = this.#answers;
    const expireOrWait = () => {
      if (this.#answers === answers || performance.now() >= untilMs) this.#expireWhenRead(dueMs);
      else this.#expireWhenSilent(dueMs, untilMs);
    };
    setTimeout(expireOrWait, MAX_DELAY_MS).unref();
  }

  /**
   * Answers that wait in the socket are read before giving up. One turn of the loop reads a part of what is there, so it goes
   * on as long as each turn brings answers.
   */
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
      // Only what was added is in the list.
      this.#expire(waiting as T, toTimeoutError(this.#timeoutMs));
    }
    this.#timerArmed = false;
    if (this.#oldest) this.#arm(Math.max(1, Math.ceil(this.#expiryOf(this.#oldest) - performance.now())));
  }
}

export function toTimeoutError(timeoutMs: number): CacheError {
  return new CacheError('CACHE_TIMEOUT', `The store did not answer within ${timeoutMs} ms`);
}
