import { isCacheError } from '../contract/cacheError';
import type { CacheError } from '../contract/cacheError';
import type { DriverHost } from '../contract/driver';
import type { CacheObserver, CacheStateChange } from '../contract/observer';
import type { StaleKeys } from './staleKeys';

/** So many deadlines in a row open the breaker. */
const MAX_TIMEOUTS = 5;
/** The store is looked after at most so soon, and so late, after the time before. */
const MIN_INTERVAL_MS = 250;
const MAX_INTERVAL_MS = 500;
/** So often a driver that says it is connected is taken up at once; more often, it has to wait for the next look. */
const MAX_LOOKS_AT_ONCE = 10;

/** Codes of errors that say nothing about whether the server answers. */
const unanswered = new Set(['CACHE_TIMEOUT', 'CACHE_UNAVAILABLE', 'CACHE_OVERLOADED', 'CACHE_AUTH', 'CACHE_CLOSED']);

/**
 * Decides what a store is asked: a circuit breaker that is opened by its driver, or by deadlines, and closed by a probe. Reads
 * and writes are sent as long as these say so.
 */
export interface StoreHealth extends DriverHost {
  readonly takesReads: boolean;
  readonly takesWrites: boolean;
  /** When an operation has succeeded last; `-Infinity` when none has. */
  readonly answeredAtMs: number;
  /** To be called when an operation has succeeded. */
  answered(atMs: number): void;
  /** To be called when an operation has failed, with the time at which it was sent. */
  failed(error: CacheError, startedAtMs: number): void;
  /** To be called when there is a stale key. */
  hasStaleKeys(): void;
  /** Ends for good; nothing is sent or told afterwards. */
  stop(): void;
}

/** What {@link createStoreHealth} needs. */
export interface StoreHealthOptions {
  readonly store: string;
  readonly observer: CacheObserver;
  readonly staleKeys: StaleKeys;
  /** Sends a read, in bounded time. */
  readonly probe: () => Promise<unknown>;
  /** Called when reads and writes are not sent any more. */
  readonly onAway: () => void;
}

export function createStoreHealth(options: StoreHealthOptions): StoreHealth {
  return new HealthMonitor(options);
}

/** `recovering`: it answers again, and old values are being removed; nobody has been told yet. */
type State = 'starting' | 'available' | 'read-only' | 'unavailable' | 'recovering';

class HealthMonitor implements StoreHealth {
  takesReads = true;
  takesWrites = true;
  readonly #options: StoreHealthOptions;
  #state: State = 'starting';
  /** When the store was last found to be less than available; `undefined` when it never was. */
  #downSinceMs: number | undefined;
  #invalidatedKeys = 0;
  #timeouts = 0;
  #answeredAtMs = -Infinity;
  #timer: NodeJS.Timeout | undefined;
  #isLookingAfter = false;
  #lookAgain = false;
  #looksAtOnce = 0;
  #stopped = false;

  constructor(options: StoreHealthOptions) {
    this.#options = options;
  }

  connected(): void {
    if (this.#stopped) return;
    if (this.#state === 'starting') this.#enter('recovering');
    if (++this.#looksAtOnce > MAX_LOOKS_AT_ONCE) this.#schedule();
    else void this.#lookAfter();
  }

  get answeredAtMs(): number {
    return this.#answeredAtMs;
  }

  disconnected(error: CacheError): void {
    if (!this.#stopped) this.#close(error);
  }

  answered(atMs: number): void {
    this.#answeredAtMs = atMs;
  }

  failed(error: CacheError, startedAtMs: number): void {
    if (this.#stopped) return;
    if (error.code === 'CACHE_TIMEOUT') this.#timedOut(error, startedAtMs);
    else if (!unanswered.has(error.code)) this.answered(performance.now());
    const tookWrites = this.#state === 'available' || this.#state === 'starting';
    if (error.code === 'CACHE_READ_ONLY' && tookWrites) this.#loseWrites(error);
  }

  hasStaleKeys(): void {
    this.#schedule();
  }

  stop(): void {
    this.#stopped = true;
    clearTimeout(this.#timer);
  }

  /** One slow node of several, or one slow answer, is not the store: an answer since then makes it a new count. */
  #timedOut(error: CacheError, startedAtMs: number): void {
    if (this.#answeredAtMs > startedAtMs) this.#timeouts = 0;
    else if (++this.#timeouts >= MAX_TIMEOUTS) this.#close(error);
  }

  #close(error: CacheError): void {
    if (this.#state === 'unavailable') return;
    const isNews = this.#state !== 'recovering';
    this.#enter('unavailable');
    this.#schedule();
    this.#options.onAway();
    if (!isNews) return;
    this.#startOutage();
    this.#tell({ store: this.#options.store, state: 'unavailable', error });
  }

  #loseWrites(error: CacheError): void {
    if (this.#state !== 'recovering') this.#startOutage();
    this.#enter('read-only');
    this.#tell({ store: this.#options.store, state: 'read-only', error });
  }

  #startOutage(): void {
    this.#downSinceMs = performance.now();
    this.#invalidatedKeys = 0;
  }

  #enter(state: State): void {
    this.#state = state;
    this.takesReads = state !== 'unavailable';
    this.takesWrites = this.takesReads && state !== 'read-only';
    this.#timeouts = 0;
    this.#looksAtOnce = 0;
  }

  #schedule(): void {
    if (this.#timer || this.#isLookingAfter || this.#stopped) return;
    const delayMs = MIN_INTERVAL_MS + Math.random() * (MAX_INTERVAL_MS - MIN_INTERVAL_MS);
    const look = () => {
      this.#looksAtOnce = 0;
      void this.#lookAfter();
    };
    this.#timer = setTimeout(look, delayMs).unref();
  }

  /** Probes a store that is away, removes old values from one that is not; never at the same time with itself. */
  async #lookAfter(): Promise<void> {
    clearTimeout(this.#timer);
    this.#timer = undefined;
    this.#lookAgain = this.#isLookingAfter;
    if (this.#isLookingAfter) return;
    this.#isLookingAfter = true;
    do {
      this.#lookAgain = false;
      if (this.#state === 'unavailable' && (await this.#answersProbe())) this.#recover();
      if (this.#state !== 'unavailable' && !this.#stopped) await this.#invalidate();
    } while (this.#lookAgain && !this.#stopped);
    this.#isLookingAfter = false;
    if (this.#state === 'unavailable' || !this.#options.staleKeys.isEmpty) this.#schedule();
  }

  #recover(): void {
    this.#enter('recovering');
    // What was sent before and is still without an answer says nothing about the store as it is now.
    this.answered(performance.now());
  }

  async #answersProbe(): Promise<boolean> {
    try {
      await this.#options.probe();
    } catch (error) {
      return isCacheError(error) && !unanswered.has(error.code);
    }
    return true;
  }

  async #invalidate(): Promise<void> {
    const { store, staleKeys, observer } = this.#options;
    const { invalidatedKeys, clearedPlugins, forgottenKeys, readOnlyError } = await staleKeys.invalidate();
    this.#invalidatedKeys += invalidatedKeys;
    if (this.#stopped) return;
    if (forgottenKeys > 0) observer.onForgottenKeys?.({ store, keys: forgottenKeys });
    // It may have gone away again meanwhile.
    if (this.#state === 'recovering' && readOnlyError) this.#loseWrites(readOnlyError);
    else if (this.#state === 'recovering') this.#open(clearedPlugins);
    else if (this.#state === 'read-only' && !readOnlyError && (invalidatedKeys > 0 || staleKeys.isEmpty)) {
      this.#open(clearedPlugins);
    }
  }

  #open(clearedPlugins: readonly string[]): void {
    const downMs = this.#downSinceMs === undefined ? undefined : performance.now() - this.#downSinceMs;
    const invalidatedKeys = this.#invalidatedKeys;
    this.#downSinceMs = undefined;
    this.#invalidatedKeys = 0;
    this.#enter('available');
    this.#tell({
      store: this.#options.store,
      state: 'available',
      ...(downMs !== undefined && { downMs }),
      ...(invalidatedKeys > 0 && { invalidatedKeys }),
      ...(clearedPlugins.length > 0 && { clearedPlugins }),
    });
  }

  #tell(change: CacheStateChange): void {
    this.#options.observer.onStateChange?.(change);
  }
}
