/** Notices that a connection which owes replies sends nothing. */
export interface SilenceWatch {
  /** To be called when a reply is owed and none was before. */
  start(): void;
  /** To be called when something has come. */
  received(): void;
  /** Ends the watch for good. */
  stop(): void;
}

/**
 * Calls `onSilent` once when nothing has come for `timeoutMs` while `isOwed`. Replies come in the order of the commands, so
 * one that is missing holds up all the others. When the event loop was blocked meanwhile, the command may only just have been
 * sent: then it is waited for once more, as long again.
 */
export function createSilenceWatch(timeoutMs: number, isOwed: () => boolean, onSilent: () => void): SilenceWatch {
  return new TimerWatch(timeoutMs, isOwed, onSilent);
}

/** A timer that is later than this was held up by a blocked event loop. */
const LATE_MS = 20;

class TimerWatch implements SilenceWatch {
  readonly #timeoutMs: number;
  readonly #isOwed: () => boolean;
  readonly #onSilent: () => void;
  #silentSinceMs = 0;
  #timer: NodeJS.Timeout | undefined;
  #stopped = false;
  /** Whether it was waited once more already. */
  #isExtended = false;

  constructor(timeoutMs: number, isOwed: () => boolean, onSilent: () => void) {
    this.#timeoutMs = timeoutMs;
    this.#isOwed = isOwed;
    this.#onSilent = onSilent;
  }

  start(): void {
    this.received();
    // One that runs looks again by itself.
    if (!this.#timer) this.#lookAfter(this.#timeoutMs);
  }

  received(): void {
    this.#silentSinceMs = performance.now();
    this.#isExtended = false;
  }

  stop(): void {
    this.#stopped = true;
    clearTimeout(this.#timer);
  }

  #lookAfter(delayMs: number): void {
    const dueMs = performance.now() + delayMs;
    this.#timer = setTimeout(() => {
      const isLate = performance.now() > dueMs + LATE_MS;
      // After a blocked event loop replies may wait in the socket: they are read first.
      setImmediate(() => this.#look(isLate));
    }, delayMs).unref();
  }

  #look(isLate: boolean): void {
    this.#timer = undefined;
    if (this.#stopped || !this.#isOwed()) return;
    const leftMs = Math.ceil(this.#silentSinceMs + this.#timeoutMs - performance.now());
    if (leftMs > 0) {
      this.#lookAfter(leftMs);
    } else if (isLate && !this.#isExtended) {
      this.#isExtended = true;
      this.#lookAfter(this.#timeoutMs);
    } else {
      this.#onSilent();
    }
  }
}
