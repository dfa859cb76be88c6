import type { LoggerService } from '@backstage/backend-plugin-api';
import type { CacheError, CacheErrorCode, CacheObserver } from '@greenroom/cache-core';

/** How long failures of one kind stay silent after a line about them. */
const REPEAT_AFTER_MS = 60_000;

/**
 * Writes one line for each change of state, and at most one a minute for each kind of failure that is no change of
 * state. Only messages are logged, never an error object: a client's error can hold credentials.
 */
export function createLogObserver(logger: LoggerService): CacheObserver {
  let isAway = false;
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

  return {
    onOperation({ store, error }) {
      // That the store is away has its line already; one node of several that is away has none.
      if (error && !isAway) logFailure(store, error);
    },
    onStateChange(change) {
      isAway = change.state === 'disconnected';
      if (change.state === 'disconnected') {
        logger.error(
          `Cache store ${change.store} is away, requests go on uncached until it is back: ${change.error.message}`,
        );
      } else if (change.downMs === undefined) {
        logger.info(`Cache store ${change.store} is connected`);
      } else {
        logger.info(`Cache store ${change.store} is back after ${toSeconds(change.downMs)}`);
      }
    },
  };
}

function toSeconds(ms: number): string {
  return `${ms < 10_000 ? (ms / 1000).toFixed(1) : Math.round(ms / 1000)} s`;
}
