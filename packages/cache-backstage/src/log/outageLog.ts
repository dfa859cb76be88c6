import type { LoggerService } from '@backstage/backend-plugin-api';
import type { CacheError, CacheStateChange } from '@greenroom/cache-core';
import type { StoreSubject } from './storeSubject';
import { toLogText } from './toLogText';

/** A lost connection that is back within this time is not an outage: the server may just have closed an idle one. */
const BLIP_MS = 500;
/** Changes of state are counted within this time. */
const WINDOW_MS = 60_000;
/** Number of outages in a window that have lines of their own. */
const MAX_REPORTED = 3;
/** A further outage in the window has a line only if it lasts this long. */
const LASTING_MS = 5000;
/** Longest error message in a line, in characters. */
const MAX_MESSAGE = 500;

/** Writes one line when a store goes away and one when it is back, and a summary for a store that comes and goes. */
export interface OutageLog {
  add(change: CacheStateChange): void;
  /** Writes the lines that are still due. */
  flush(): void;
}

export function createOutageLog(
  logger: Pick<LoggerService, 'info' | 'warn' | 'error'>,
  toSubject: StoreSubject,
): OutageLog {
  return new CollapsingLog(logger, toSubject);
}

type WorseChange = Extract<CacheStateChange, { error: CacheError }>;
type AvailableChange = Extract<CacheStateChange, { state: 'available' }>;

/** The outages of one minute. */
interface Window {
  readonly timer: NodeJS.Timeout;
  readonly startedAtMs: number;
  outages: number;
  /** Outages that ended without a line; the summary reports them. */
  unreported: number;
  unreportedMs: number;
  invalidatedKeys: number;
  lastAtMs: number;
}

class CollapsingLog implements OutageLog {
  readonly #logger: Pick<LoggerService, 'info' | 'warn' | 'error'>;
  readonly #toSubject: StoreSubject;
  #state: CacheStateChange['state'] | undefined;
  #store = '';
  /** Whether the present outage has a line in the log. */
  #isReported = false;
  /** Writes that line after a delay, unless the store is back earlier. */
  #pendingLine: NodeJS.Timeout | undefined;
  #window: Window | undefined;

  constructor(logger: Pick<LoggerService, 'info' | 'warn' | 'error'>, toSubject: StoreSubject) {
    this.#logger = logger;
    this.#toSubject = toSubject;
  }

  add(change: CacheStateChange): void {
    clearTimeout(this.#pendingLine);
    this.#pendingLine = undefined;
    this.#store = change.store;
    if (change.state === 'available') this.#addRecovery(change);
    else this.#addOutage(change);
    this.#state = change.state;
  }

  flush(): void {
    const window = this.#window;
    this.#window = undefined;
    clearTimeout(window?.timer);
    if (!window || window.unreported === 0) return;
    const times = window.unreported === 1 ? 'once more' : `${window.unreported} more times`;
    const removed = toRemovals({ ...(window.invalidatedKeys > 0 && { invalidatedKeys: window.invalidatedKeys }) });
    const text =
      `was lost ${times} within ${toSeconds(window.lastAtMs - window.startedAtMs)}, ` +
      `for ${toSeconds(window.unreportedMs)} in all, and was back each time${removed}`;
    this.#logger.warn(this.#toLine(this.#store, text));
  }

  #addOutage(change: WorseChange): void {
    const window = (this.#window ??= this.#openWindow());
    window.outages++;
    const mayBeBlip = this.#state === 'available' && change.error.code === 'CACHE_UNAVAILABLE';
    const delayMs = window.outages > MAX_REPORTED ? LASTING_MS : mayBeBlip ? BLIP_MS : 0;
    // A change between read-only and unavailable continues the outage: if that has a line, its recovery has one too.
    this.#isReported = this.#state !== 'available' && this.#isReported;
    const line = this.#toLine(change.store, toText(change));
    const report = () => {
      this.#isReported = true;
      this.#logger.error(line);
    };
    if (delayMs === 0) report();
    else this.#pendingLine = setTimeout(report, delayMs).unref();
  }

  #addRecovery({ store, downMs, ...removed }: AvailableChange): void {
    const isReported = this.#isReported;
    this.#isReported = false;
    if (downMs === undefined) {
      this.#logger.info(this.#toLine(store, 'is connected'));
      return;
    }
    const window = (this.#window ??= this.#openWindow());
    window.lastAtMs = performance.now();
    if (!isReported && window.outages > 1) {
      window.unreported++;
      window.unreportedMs += downMs;
      window.invalidatedKeys += removed.invalidatedKeys ?? 0;
      return;
    }
    const what = this.#state === 'read-only' ? 'takes writes again' : isReported ? 'is back' : 'is connected again';
    this.#logger.info(this.#toLine(store, `${what} after ${toSeconds(downMs)}${toRemovals(removed)}`));
  }

  #toLine(store: string, text: string): string {
    return `${this.#toSubject(store, text)} ${text}`;
  }

  #openWindow(): Window {
    const startedAtMs = performance.now();
    const timer = setTimeout(() => this.flush(), WINDOW_MS).unref();
    return {
      ...{ timer, startedAtMs, lastAtMs: startedAtMs },
      ...{ outages: 0, unreported: 0, unreportedMs: 0, invalidatedKeys: 0 },
    };
  }
}

function toText({ state, error }: WorseChange): string {
  const reason = toLogText(error.message, MAX_MESSAGE);
  return state === 'unavailable'
    ? `is away, requests go on uncached until it is back: ${reason}`
    : `takes no writes, reads go on and nothing new is stored until it does: ${reason}`;
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
