import { CacheError } from '../contract/cacheError';
import { createBacklog } from './backlog';
import { toTimeoutError } from './deadlines';
import type { Read, Write } from './operation';

/** What may be under way at a time: any store that is alive answers this much well within a deadline. */
const MAX_IN_FLIGHT = 5000;
const MAX_CHARACTERS_IN_FLIGHT = 16 * 1024 * 1024;
/** Longest burst, in command timeouts: a store that needs longer is overloaded. */
const MAX_BURST_TIMEOUTS = 10;

/**
 * Bounds what is under way. Operations beyond that wait in a backlog, as long as the store goes on answering, and are sent in
 * order when there is room.
 */
export interface SendWindow {
  /** Whether the next operation has to wait, as there is no room or others wait already. */
  readonly isBusy: boolean;
  /** Counts an operation as under way, with this many characters of value. */
  enter(characters: number): void;
  /** Counts an operation as no longer under way. */
  leave(characters: number): void;
  /** Makes an operation wait. Returns an error when too many wait already. */
  queue(operation: Read | Write): CacheError | undefined;
  /** What waits in the backlog, in order. */
  waiting(): Iterable<Read | Write>;
  /** Takes everything out of the backlog, in order. */
  takeAll(): Iterable<Read | Write>;
}

/** What {@link createSendWindow} needs. */
export interface SendWindowOptions {
  readonly store: string;
  readonly commandTimeoutMs: number;
  /** When the store last answered. */
  readonly answeredAtMs: () => number;
  /** Sends an operation whose turn has come, with the present time. */
  readonly send: (operation: Read | Write, nowMs: number) => void;
  /** Ends an operation that has waited too long; it is not sent. */
  readonly drop: (operation: Read | Write, error: CacheError) => void;
}

export function createSendWindow(options: SendWindowOptions): SendWindow {
  return new BoundedWindow(options);
}

class BoundedWindow implements SendWindow {
  readonly #options: SendWindowOptions;
  readonly #backlog = createBacklog();
  readonly #drain = () => this.#sendWaiting();
  #willDrain = false;
  /** When the first operation of the backlog was queued. */
  #burstSinceMs = 0;
  #inFlight = 0;
  #charactersInFlight = 0;

  constructor(options: SendWindowOptions) {
    this.#options = options;
  }

  get isBusy(): boolean {
    return !this.#hasRoom() || !this.#backlog.isEmpty;
  }

  enter(characters: number): void {
    this.#inFlight++;
    this.#charactersInFlight += characters;
  }

  leave(characters: number): void {
    this.#inFlight--;
    this.#charactersInFlight -= characters;
    this.#drainSoon();
  }

  queue(operation: Read | Write): CacheError | undefined {
    if (this.#backlog.isFull) {
      return new CacheError('CACHE_OVERLOADED', `Too many operations wait for the store '${this.#options.store}'`);
    }
    operation.queuedAtMs = performance.now();
    if (this.#backlog.isEmpty) this.#burstSinceMs = operation.queuedAtMs;
    this.#backlog.push(operation);
    return undefined;
  }

  waiting(): Iterable<Read | Write> {
    return this.#backlog.all();
  }

  *takeAll(): Iterable<Read | Write> {
    for (let next = this.#backlog.shift(); next; next = this.#backlog.shift()) yield next;
  }

  #hasRoom(): boolean {
    return this.#inFlight < MAX_IN_FLIGHT && this.#charactersInFlight < MAX_CHARACTERS_IN_FLIGHT;
  }

  /** Sends waiting operations after all answers of this turn of the event loop, so that everything they make room for is sent together. */
  #drainSoon(): void {
    if (this.#willDrain || this.#backlog.isEmpty) return;
    this.#willDrain = true;
    process.nextTick(this.#drain);
  }

  #sendWaiting(): void {
    this.#willDrain = false;
    const { answeredAtMs, send, drop } = this.#options;
    const nowMs = performance.now();
    while (this.#hasRoom()) {
      const operation = this.#backlog.shift();
      if (!operation) return;
      // While the store goes on answering, the deadline counts from its latest answer.
      operation.startedAtMs = Math.max(operation.queuedAtMs, answeredAtMs());
      const error = this.#findReasonToDrop(operation, nowMs);
      if (error) drop(operation, error);
      else send(operation, nowMs);
    }
  }

  /** An operation that has waited for its whole time ends without being sent. */
  #findReasonToDrop({ startedAtMs, queuedAtMs }: Read | Write, nowMs: number): CacheError | undefined {
    const { store, commandTimeoutMs } = this.#options;
    if (nowMs - startedAtMs >= commandTimeoutMs) return toTimeoutError(commandTimeoutMs);
    const dueMs = Math.max(queuedAtMs + commandTimeoutMs, this.#burstSinceMs + MAX_BURST_TIMEOUTS * commandTimeoutMs);
    if (nowMs < dueMs) return undefined;
    return new CacheError('CACHE_OVERLOADED', `The store '${store}' gets more operations than it completes`);
  }
}
