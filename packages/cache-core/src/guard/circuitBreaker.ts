import type { CacheError } from '../contract/cacheError';
import type { CacheObserver, CacheStateChange } from '../contract/observer';

/** This many missed deadlines in a row open the breaker. */
const MAX_TIMEOUTS = 5;

/** Codes of errors that do not show whether the server answers. */
const unansweredCodes = new Set([
  'CACHE_TIMEOUT',
  'CACHE_UNAVAILABLE',
  'CACHE_OVERLOADED',
  'CACHE_AUTH',
  'CACHE_CLOSED',
]);

/**
 * `starting`: the driver has not connected yet, or never says so; operations are sent. `recovering`: the store answers and its old
 * values are being removed; the observer has not been told yet.
 */
type BreakerState = 'starting' | 'available' | 'read-only' | 'unavailable' | 'recovering';

/**
 * Decides whether reads and writes are sent to the store. The driver, or missed deadlines in a row, open the breaker; `Recovery` closes it.
 * Only the breaker knows the state, and only the breaker tells the observer about it.
 */
export interface CircuitBreaker {
  readonly state: BreakerState;
  readonly allowsReads: boolean;
  readonly allowsWrites: boolean;
  /** Whether the latest operations have missed their deadlines, with no answer since the first of them was sent. */
  readonly isSilent: boolean;
  /** When the store last answered, by `performance.now()`; `-Infinity` when it never has. */
  readonly answeredAtMs: number;
  /** Notes an answer of the store. */
  answered(atMs: number): void;
  /** Notes that an operation, sent at `startedAtMs`, has failed. */
  failed(error: CacheError, startedAtMs: number): void;
  /** Opens the breaker: no operation is sent from now on. */
  open(error: CacheError): void;
  /** Lets operations be sent again, before the observer is told that the store is available. */
  halfOpen(): void;
  /** Lets reads be sent, but no writes. */
  refuseWrites(error: CacheError): void;
  /** Tells the observer that the store is available, how many keys were invalidated and which plugins are being cleared. */
  close(invalidatedKeys: number, clearedPlugins: readonly string[]): void;
  /** Ends for good; the observer is told nothing afterwards. */
  stop(): void;
}

/** What {@link createCircuitBreaker} needs. */
export interface CircuitBreakerOptions {
  readonly store: string;
  readonly observer: CacheObserver;
  /** Called when the breaker has opened. */
  readonly opened: () => void;
  /** Called when it has closed, before the observer is told. */
  readonly closed: () => void;
}

export function createCircuitBreaker(options: CircuitBreakerOptions): CircuitBreaker {
  return new Breaker(options);
}

/** Whether the error comes from a server that answers. */
export function isAnswer(error: CacheError): boolean {
  return !unansweredCodes.has(error.code);
}

class Breaker implements CircuitBreaker {
  // Plain fields: every operation reads them.
  state: BreakerState = 'starting';
  allowsReads = true;
  allowsWrites = true;
  answeredAtMs = -Infinity;
  readonly #options: CircuitBreakerOptions;
  /** When the store last became unavailable or read-only; `undefined` while it is available. */
  #downSinceMs: number | undefined;
  #timeouts = 0;
  /** When the first operation of the current row of timeouts was sent. */
  #firstTimeoutStartedAtMs = 0;
  #stopped = false;

  constructor(options: CircuitBreakerOptions) {
    this.#options = options;
  }

  get isSilent(): boolean {
    return this.#timeouts > 0 && this.answeredAtMs <= this.#firstTimeoutStartedAtMs;
  }

  answered(atMs: number): void {
    this.answeredAtMs = atMs;
  }

  failed(error: CacheError, startedAtMs: number): void {
    if (this.#stopped) return;
    if (error.code === 'CACHE_TIMEOUT') this.#countTimeout(error, startedAtMs);
    else if (isAnswer(error)) this.answered(performance.now());
    const allowedWrites = this.state === 'available' || this.state === 'starting';
    if (error.code === 'CACHE_READ_ONLY' && allowedWrites) this.refuseWrites(error);
  }

  open(error: CacheError): void {
    if (this.#stopped || this.state === 'unavailable') return;
    const isNews = this.state !== 'recovering';
    this.#setState('unavailable');
    this.#options.opened();
    if (!isNews) return;
    this.#downSinceMs = performance.now();
    this.#tell({ store: this.#options.store, state: 'unavailable', error });
  }

  halfOpen(): void {
    this.#setState('recovering');
  }

  refuseWrites(error: CacheError): void {
    if (this.state !== 'recovering') this.#downSinceMs = performance.now();
    this.#setState('read-only');
    this.#tell({ store: this.#options.store, state: 'read-only', error });
  }

  close(invalidatedKeys: number, clearedPlugins: readonly string[]): void {
    const downMs = this.#downSinceMs === undefined ? undefined : performance.now() - this.#downSinceMs;
    this.#downSinceMs = undefined;
    this.#setState('available');
    this.#options.closed();
    this.#tell({
      store: this.#options.store,
      state: 'available',
      ...(downMs !== undefined && { downMs }),
      ...(invalidatedKeys > 0 && { invalidatedKeys }),
      ...(clearedPlugins.length > 0 && { clearedPlugins }),
    });
  }

  stop(): void {
    this.#stopped = true;
  }

  /**
   * Counts timeouts in a row. An answer since the first of them was sent ends the row: one slow node, or one slow answer, does not mean
   * that the store is away.
   */
  #countTimeout(error: CacheError, startedAtMs: number): void {
    if (this.answeredAtMs > this.#firstTimeoutStartedAtMs) this.#timeouts = 0;
    if (this.answeredAtMs > startedAtMs) return;
    if (++this.#timeouts === 1) this.#firstTimeoutStartedAtMs = startedAtMs;
    if (this.#timeouts >= MAX_TIMEOUTS) this.open(error);
  }

  #setState(state: BreakerState): void {
    this.state = state;
    this.allowsReads = state !== 'unavailable';
    this.allowsWrites = this.allowsReads && state !== 'read-only';
    this.#timeouts = 0;
  }

  #tell(change: CacheStateChange): void {
    this.#options.observer.onStateChange?.(change);
  }
}
