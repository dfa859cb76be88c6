import { CacheError } from './cacheError';

// Node makes 1 ms of a longer timer.
const MAX_TIMER_MS = 2 ** 31 - 1;
/** How long answers that are still being read may put a deadline off. */
const MAX_DELAY_MS = 50;

interface Entry {
  readonly expiresAtMs: number;
  readonly expire: () => void;
  previous: Entry | undefined;
  next: Entry | undefined;
}

/** Gives promises a common longest time. */
export interface Deadlines {
  /** Settles as the promise does, or rejects with CACHE_TIMEOUT when that takes too long. */
  race<T>(promise: Promise<T>): Promise<T>;
}

/**
 * Deadlines of one length each, so the oldest is always the next one due: a linked list with one timer costs a fraction of a
 * timer per operation, and an entry is unlinked as soon as its promise settles.
 */
export function createDeadlines(timeoutMs: number): Deadlines {
  return new DeadlineList(timeoutMs);
}

class DeadlineList implements Deadlines {
  readonly #timeoutMs: number;
  #oldest: Entry | undefined;
  #newest: Entry | undefined;
  #timerArmed = false;
  #settled = 0;

  constructor(timeoutMs: number) {
    this.#timeoutMs = timeoutMs;
  }

  race<T>(promise: Promise<T>): Promise<T> {
    return new Promise<T>((resolve, reject) => {
      const entry = this.#append(() =>
        reject(new CacheError('CACHE_TIMEOUT', `The store did not answer within ${this.#timeoutMs} ms`)),
      );
      promise.then(
        value => {
          this.#settled++;
          this.#unlink(entry);
          resolve(value);
        },
        (error: unknown) => {
          this.#unlink(entry);
          reject(error);
        },
      );
    });
  }

  #append(expire: () => void): Entry {
    const entry: Entry = {
      expiresAtMs: performance.now() + this.#timeoutMs,
      expire,
      previous: this.#newest,
      next: undefined,
    };
    if (this.#newest) this.#newest.next = entry;
    else this.#oldest = entry;
    this.#newest = entry;
    if (!this.#timerArmed) this.#arm(this.#timeoutMs);
    return entry;
  }

  #unlink(entry: Entry): void {
    // What has expired is out of the list already; its late answer comes here all the same.
    if (entry.previous === undefined && this.#oldest !== entry) return;
    if (entry.previous) entry.previous.next = entry.next;
    else this.#oldest = entry.next;
    if (entry.next) entry.next.previous = entry.previous;
    else this.#newest = entry.previous;
    entry.previous = undefined;
    entry.next = undefined;
  }

  #arm(delayMs: number): void {
    this.#timerArmed = true;
    setTimeout(
      () => {
        const dueMs = performance.now();
        this.#expireWhenRead(dueMs, this.#settled);
      },
      Math.min(delayMs, MAX_TIMER_MS),
    ).unref();
  }

  /**
   * A blocked event loop is not an outage: answers that wait in the socket are read before giving up. One turn of the loop
   * reads a part of what is there, so it goes on as long as each turn brings answers.
   */
  #expireWhenRead(dueMs: number, settled: number): void {
    setImmediate(() => {
      if (this.#settled === settled || performance.now() - dueMs > MAX_DELAY_MS) this.#expireUntil(dueMs);
      else this.#expireWhenRead(dueMs, this.#settled);
    });
  }

  #expireUntil(dueMs: number): void {
    while (this.#oldest && this.#oldest.expiresAtMs <= dueMs) {
      const entry = this.#oldest;
      this.#unlink(entry);
      entry.expire();
    }
    this.#timerArmed = false;
    if (this.#oldest) this.#arm(Math.max(1, Math.ceil(this.#oldest.expiresAtMs - performance.now())));
  }
}
