import type { LoggerService } from '@backstage/backend-plugin-api';
import type { CacheError, CacheErrorCode, CacheObserver, CacheStateChange } from '@greenroom/cache-core';

/** A connection that was lost and is made again so soon is no outage: the server has closed an idle one, for example. */
const BLIP_MS = 500;
/** How long failures of one kind stay silent after a line about them. */
const REPEAT_AFTER_MS = 60_000;

/**
 * Writes one line for each change of state, and at most one a minute for each kind of failure that is no change of
 * state. Only messages are logged, never an error object: a client's error can hold credentials.
 */
export function createLogObserver(logger: LoggerService): CacheObserver {
  let state: CacheStateChange['state'] | undefined;
  /** Runs until a store that went away has its line. */
  let blip: NodeJS.Timeout | undefined;
  const failures = new Map<CacheErrorCode, { count: number; loggedAtMs: number }>();

  function logFailure(store: string, error: CacheError): void {
    const failure = failures.get(error.code) ?? { count: 0, loggedAtMs: -Infinity };
    failures.set(error.code, failure);
    failure.count++;
    if (performance.now() - failure.loggedAtMs < REPEAT_AFTER_MS) return;
    const times = failure.count === 1 ? 'operation' : 'operations';
    logger.warn(`Cache store ${store}: ${failure.count} ${times} failed with ${error.code}: ${error.message}`);
    failure.count = 0;
    failure.loggedAtMs = performance.now();
  }

  function logAway({ store, error }: AwayChange): void {
    blip = undefined;
    logger.error(`Cache store ${store} is away, requests go on uncached until it is back: ${error.message}`);
  }

  function logAvailable({ store, downMs, ...removed }: AvailableChange): void {
    if (downMs === undefined) {
      logger.info(`Cache store ${store} is connected`);
      return;
    }
    const what = state === 'read-only' ? 'takes writes again' : blip ? 'is connected again' : 'is back';
    logger.info(`Cache store ${store} ${what} after ${toSeconds(downMs)}${toRemovals(removed)}`);
  }

  return {
    onOperation({ store, error }) {
      // What the state explains has its line already; one node of several that is away has none.
      const isExplained = state === 'unavailable' || (state === 'read-only' && error?.code === 'CACHE_READ_ONLY');
      if (error && !isExplained) logFailure(store, error);
    },

    onStateChange(change) {
      if (change.state === 'available') logAvailable(change);
      clearTimeout(blip);
      blip = undefined;
      if (change.state === 'unavailable') {
        const mayBeBlip = state === 'available' && change.error.code === 'CACHE_UNAVAILABLE';
        if (mayBeBlip) blip = setTimeout(() => logAway(change), BLIP_MS).unref();
        else logAway(change);
      } else if (change.state === 'read-only') {
        logger.error(
          `Cache store ${change.store} takes no writes, what it holds is read and nothing new is stored until it does: ` +
            change.error.message,
        );
      }
      state = change.state;
    },

    onForgottenKeys({ store, keys }) {
      logger.error(
        `Cache store ${store}: ${keys} failed writes and deletes are more than are remembered; ` +
          'what it holds under their keys may be out of date until it expires',
      );
    },
  };
}

type AwayChange = Extract<CacheStateChange, { error: CacheError }>;
type AvailableChange = Extract<CacheStateChange, { state: 'available' }>;

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
