/** Notices that a connection which owes replies sends nothing. */
export interface SilenceWatch {
  /** To be called with the command that is owed a reply, when no other is. */
  start(): void;
  /** To be called when something has come. */
  received(): void;
  /** Ends the watch for good. */
  stop(): void;
}

/**
 * Calls `onSilent` once when nothing has come for `timeoutMs` while `isOwed`. Replies come in the order of the commands, so
 * one that is missing holds up all the others.
 */
export function createSilenceWatch(timeoutMs: number, isOwed: () => boolean, onSilent: () => void): SilenceWatch {
  return new TimerWatch(timeoutMs, isOwed, onSilent);
}

/** How long a reply may still wait in the socket, or what asks for it, after a blocked event loop. */
export const GRACE_MS = 50;

class TimerWatch implements SilenceWatch {
  readonly #timeoutMs: number;
  readonly #isOwed: () => boolean;
  readonly #onSilent: () => void;
  #silentSinceMs = 0;
  /** The same, when it was found to be too long ago. */
  #suspectedSinceMs: number | undefined;
  #timer: NodeJS.Timeout | undefined;
  #stopped = false;

  constructor(timeoutMs: number, isOwed: () => boolean, onSilent: () => void) {
    this.#timeoutMs = timeoutMs;
    this.#isOwed = isOwed;
    this.#onSilent = onSilent;
  }

  start(): void {
    // What is written in this turn of the event loop, however long it is, is sent at its end.
    process.nextTick(() => {
      this.received();
      // One that runs looks again by itself.
      if (!this.#timer && !this.#stopped) this.#lookAfter(this.#timeoutMs);
    });
  }

  received(): void {
    this.#silentSinceMs = performance.now();
  }

  stop(): void {
    this.#stopped = true;
    clearTimeout(this.#timer);
  }

  #lookAfter(delayMs: number): void {
    this.#timer = setTimeout(() => {
      // After a blocked event loop replies may wait in the socket: they are read first.
      setImmediate(() => this.#look());
    }, delayMs).unref();
  }

  #look(): void {
    this.#timer = undefined;
    if (this.#stopped || !this.#isOwed()) return;
    const leftMs = Math.ceil(this.#silentSinceMs + this.#timeoutMs - performance.now());
    if (leftMs > 0) return this.#lookAfter(leftMs);
    if (this.#suspectedSinceMs === this.#silentSinceMs) return this.#onSilent();
    this.#suspectedSinceMs = this.#silentSinceMs;
    this.#lookAfter(GRACE_MS);
  }
}
