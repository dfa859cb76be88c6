import type { LoggerService } from '@backstage/backend-plugin-api';
import type { CacheError, CacheStateChange } from '@greenroom/cache-core';
import { toLogText } from './toLogText';

/** A connection that was lost and is made again so soon is no outage: the server has closed an idle one, for example. */
const BLIP_MS = 500;
/** So long changes of state are counted together. */
const WINDOW_MS = 60_000;
/** Changes for the worse in this time that have lines of their own. */
const MAX_TOLD = 3;
/** Later ones have a line only when they last. */
const LASTING_MS = 5000;
/** Of the text of an error, in characters. */
const MAX_MESSAGE = 500;

/** One line when a store goes away and one when it is back; for one that does so all the time, one with a count. */
export interface OutageLog {
  changed(change: CacheStateChange): void;
  /** Tells what has no line yet. */
  flush(): void;
}

export function createOutageLog(logger: Pick<LoggerService, 'info' | 'warn' | 'error'>): OutageLog {
  return new CollapsingLog(logger);
}

type WorseChange = Extract<CacheStateChange, { error: CacheError }>;
type AvailableChange = Extract<CacheStateChange, { state: 'available' }>;

/** Changes within a minute. */
interface Window {
  readonly timer: NodeJS.Timeout;
  readonly startedAtMs: number;
  worse: number;
  /** Of those that were over without a line, the first of which has one then. */
  untold: number;
  untoldMs: number;
  invalidatedKeys: number;
  lastAtMs: number;
}

class CollapsingLog implements OutageLog {
  readonly #logger: Pick<LoggerService, 'info' | 'warn' | 'error'>;
  #state: CacheStateChange['state'] | undefined;
  #store = '';
  /** Whether the state that the store is in has its line. */
  #isTold = false;
  /** Runs until it has one. */
  #pending: NodeJS.Timeout | undefined;
  #window: Window | undefined;

  constructor(logger: Pick<LoggerService, 'info' | 'warn' | 'error'>) {
    this.#logger = logger;
  }

  changed(change: CacheStateChange): void {
    clearTimeout(this.#pending);
    this.#pending = undefined;
    this.#store = change.store;
    if (change.state === 'available') this.#isAvailable(change);
    else this.#isWorse(change);
    this.#state = change.state;
  }

  flush(): void {
    const window = this.#window;
    this.#window = undefined;
    clearTimeout(window?.timer);
    if (!window || window.untold === 0) return;
    const times = window.untold === 1 ? 'once more' : `${window.untold} more times`;
    const removed = toRemovals({ ...(window.invalidatedKeys > 0 && { invalidatedKeys: window.invalidatedKeys }) });
    this.#logger.warn(
      `Cache store ${this.#store} was lost ${times} within ${toSeconds(window.lastAtMs - window.startedAtMs)}, ` +
        `for ${toSeconds(window.untoldMs)} in all, and was back each time${removed}`,
    );
  }

  #isWorse(change: WorseChange): void {
    const window = (this.#window ??= this.#openWindow());
    window.worse++;
    const mayBeBlip = this.#state === 'available' && change.error.code === 'CACHE_UNAVAILABLE';
    const delayMs = window.worse > MAX_TOLD ? LASTING_MS : mayBeBlip ? BLIP_MS : 0;
    // One that has its line has one as well for what becomes of it.
    const wasTold = this.#state !== 'available' && this.#isTold;
    this.#isTold = wasTold;
    const line = toLine(change);
    const tell = () => {
      this.#isTold = true;
      this.#logger.error(line);
    };
    if (delayMs === 0) tell();
    else this.#pending = setTimeout(tell, delayMs).unref();
  }

  #isAvailable({ store, downMs, ...removed }: AvailableChange): void {
    const isTold = this.#isTold;
    this.#isTold = false;
    if (downMs === undefined) {
      this.#logger.info(`Cache store ${store} is connected`);
      return;
    }
    const window = (this.#window ??= this.#openWindow());
    window.lastAtMs = performance.now();
    if (!isTold && window.worse > 1) {
      window.untold++;
      window.untoldMs += downMs;
      window.invalidatedKeys += removed.invalidatedKeys ?? 0;
      return;
    }
    const what = this.#state === 'read-only' ? 'takes writes again' : isTold ? 'is back' : 'is connected again';
    this.#logger.info(`Cache store ${store} ${what} after ${toSeconds(downMs)}${toRemovals(removed)}`);
  }

  #openWindow(): Window {
    const startedAtMs = performance.now();
    const timer = setTimeout(() => this.flush(), WINDOW_MS).unref();
    return { timer, startedAtMs, worse: 0, untold: 0, untoldMs: 0, invalidatedKeys: 0, lastAtMs: startedAtMs };
  }
}

function toLine({ store, state, error }: WorseChange): string {
  const reason = toLogText(error.message, MAX_MESSAGE);
  return state === 'unavailable'
    ? `Cache store ${store} is away, requests go on uncached until it is back: ${reason}`
    : `Cache store ${store} takes no writes, what it holds is read and nothing new is stored until it does: ${reason}`;
}

function toRemovals({ invalidatedKeys, clearedPlugins }: Partial<AvailableChange>): string {
  const keys = invalidatedKeys === 1 ? '1 key' : `${invalidatedKeys} keys`;
  const removals = [
    ...(invalidatedKeys === undefined ? [] : [`${keys} invalidated`]),
    ...(clearedPlugins === undefined ? [] : [`all entries of ${clearedPlugins.join(', ')} are being removed`]),
  ];
  return removals.map(removal => `; ${removal}`).join('');
}

function toSeconds(ms: number): string {
  return `${ms < 10_000 ? (ms / 1000).toFixed(1) : Math.round(ms / 1000)} s`;
}
