/** Notices when a connection that owes replies sends nothing. */
export interface SilenceWatch {
  /** Call when a command is sent while no other waits for its reply. */
  start(): void;
  /** Call when data has arrived. */
  received(): void;
  /** Ends the watch for good. */
  stop(): void;
}

/**
 * Calls `onSilent` once when nothing has arrived for `timeoutMs` while `isOwed`. Replies come in the order of the commands,
 * so a missing one delays all others.
 */
export function createSilenceWatch(timeoutMs: number, isOwed: () => boolean, onSilent: () => void): SilenceWatch {
  return new TimerWatch(timeoutMs, isOwed, onSilent);
}

/** Longest wait for a command or its reply that is still in a buffer after a blocked event loop. */
export const GRACE_MS = 50;

class TimerWatch implements SilenceWatch {
  readonly #timeoutMs: number;
  readonly #isOwed: () => boolean;
  readonly #onSilent: () => void;
  #silentSinceMs = 0;
  /** The value of `#silentSinceMs` when it was first found too old. A second look confirms it. */
  #suspectedSinceMs: number | undefined;
  #timer: NodeJS.Timeout | undefined;
  #stopped = false;

  constructor(timeoutMs: number, isOwed: () => boolean, onSilent: () => void) {
    this.#timeoutMs = timeoutMs;
    this.#isOwed = isOwed;
    this.#onSilent = onSilent;
  }

  start(): void {
    // The time starts at the end of this turn of the event loop, when its commands are sent.
    process.nextTick(() => {
      this.received();
      // A running timer looks again by itself.
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
      // After a blocked event loop, replies may wait in the socket; they are read first.
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
