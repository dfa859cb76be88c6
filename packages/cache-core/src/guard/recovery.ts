import { isCacheError } from '../contract/cacheError';
import type { CacheObserver } from '../contract/observer';
import { isAnswer } from './circuitBreaker';
import type { CircuitBreaker } from './circuitBreaker';
import type { StaleKeys } from './staleKeys';

/** Attempts run 250 to 500 ms apart. */
const MIN_INTERVAL_MS = 250;
const MAX_INTERVAL_MS = 500;
/** Maximum number of attempts that start at once when the driver says that it is connected; further ones wait for the timer. */
const MAX_IMMEDIATE_ATTEMPTS = 10;

/**
 * Brings a store back: probes it while the breaker is open, removes the old values under stale keys, and then closes the breaker.
 * Also removes stale keys of a store that was available all the time.
 */
export interface Recovery {
  /** The driver says that it is connected. While the breaker is open, a probe has to confirm that. */
  driverConnected(): void;
  breakerOpened(): void;
  staleKeyAdded(): void;
  /** Ends for good: no probe, no removal, no timer. */
  stop(): void;
}

/** What {@link createRecovery} needs. */
export interface RecoveryOptions {
  readonly store: string;
  readonly observer: CacheObserver;
  readonly breaker: CircuitBreaker;
  readonly staleKeys: StaleKeys;
  /** Sends a read, in bounded time. */
  readonly probe: () => Promise<unknown>;
}

export function createRecovery(options: RecoveryOptions): Recovery {
  return new StoreRecovery(options);
}

class StoreRecovery implements Recovery {
  readonly #options: RecoveryOptions;
  /** Stale keys removed since the store was last available. */
  #invalidatedKeys = 0;
  #timer: NodeJS.Timeout | undefined;
  #isAttempting = false;
  #attemptAgain = false;
  #immediateAttempts = 0;
  #stopped = false;

  constructor(options: RecoveryOptions) {
    this.#options = options;
  }

  driverConnected(): void {
    const { breaker } = this.#options;
    if (this.#stopped) return;
    if (breaker.state === 'starting') breaker.halfOpen();
    if (++this.#immediateAttempts > MAX_IMMEDIATE_ATTEMPTS) this.#schedule();
    else void this.#attempt();
  }

  breakerOpened(): void {
    this.#immediateAttempts = 0;
    this.#schedule();
  }

  staleKeyAdded(): void {
    this.#schedule();
  }

  stop(): void {
    this.#stopped = true;
    clearTimeout(this.#timer);
  }

  #schedule(): void {
    if (this.#timer || this.#isAttempting || this.#stopped) return;
    const delayMs = MIN_INTERVAL_MS + Math.random() * (MAX_INTERVAL_MS - MIN_INTERVAL_MS);
    const attempt = () => {
      this.#immediateAttempts = 0;
      void this.#attempt();
    };
    this.#timer = setTimeout(attempt, delayMs).unref();
  }

  /** Runs one attempt at a time. An attempt that is requested meanwhile follows at once. */
  async #attempt(): Promise<void> {
    const { breaker, staleKeys } = this.#options;
    clearTimeout(this.#timer);
    this.#timer = undefined;
    this.#attemptAgain = this.#isAttempting;
    if (this.#isAttempting) return;
    this.#isAttempting = true;
    do {
      this.#attemptAgain = false;
      if (breaker.state === 'unavailable' && (await this.#answersProbe())) this.#halfOpen();
      if (breaker.state !== 'unavailable' && !this.#stopped) await this.#invalidate();
    } while (this.#attemptAgain && !this.#stopped);
    this.#isAttempting = false;
    if (breaker.state === 'unavailable' || !staleKeys.isEmpty) this.#schedule();
  }

  #halfOpen(): void {
    const { breaker } = this.#options;
    this.#immediateAttempts = 0;
    breaker.halfOpen();
    // Missed deadlines of operations that were sent before this say nothing about the store as it is now.
    breaker.answered(performance.now());
  }

  async #answersProbe(): Promise<boolean> {
    try {
      await this.#options.probe();
    } catch (error) {
      return isCacheError(error) && isAnswer(error);
    }
    return true;
  }

  async #invalidate(): Promise<void> {
    const { store, observer, breaker, staleKeys } = this.#options;
    const { invalidatedKeys, clearedPlugins, forgottenKeys, readOnlyError } = await staleKeys.invalidate();
    if (breaker.state !== 'available') this.#invalidatedKeys += invalidatedKeys;
    if (this.#stopped) return;
    if (forgottenKeys > 0) observer.onForgottenKeys?.({ store, keys: forgottenKeys });
    // A removal was accepted, or there is none left to try.
    const tookWrites = !readOnlyError && (invalidatedKeys > 0 || staleKeys.isEmpty);
    // The store may have gone away again meanwhile.
    if (breaker.state === 'recovering' && readOnlyError) breaker.refuseWrites(readOnlyError);
    else if (breaker.state === 'recovering' || (breaker.state === 'read-only' && tookWrites)) {
      this.#close(clearedPlugins);
    }
  }

  #close(clearedPlugins: readonly string[]): void {
    const invalidatedKeys = this.#invalidatedKeys;
    this.#invalidatedKeys = 0;
    this.#immediateAttempts = 0;
    this.#options.breaker.close(invalidatedKeys, clearedPlugins);
  }
}
