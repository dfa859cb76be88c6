import type { LoggerService } from '@backstage/backend-plugin-api';
import type { CacheObserver, CacheStateChange } from '@greenroom/cache-core';
import { createFailureLog } from './failureLog';
import { createOutageLog } from './outageLog';

/** An observer, and what tells what it has no line for yet. */
export interface LogObserver extends CacheObserver {
  flush(): void;
}

/**
 * Writes one line for each change of state, and at most one a minute for each kind of failure that is no change of
 * state. Only messages are logged, never an error object: a client's error can hold credentials.
 */
export function createLogObserver(logger: LoggerService): LogObserver {
  const failures = createFailureLog(line => logger.warn(line));
  const outages = createOutageLog(logger);
  let state: CacheStateChange['state'] | undefined;

  return {
    onOperation({ store, pluginId, error }) {
      if (!error) return;
      // What the state explains has its line already; one node of several that is away has none.
      const isExplained = state === 'unavailable' || (state === 'read-only' && error.code === 'CACHE_READ_ONLY');
      if (!isExplained) failures.add({ store, pluginId, code: error.code, message: error.message });
    },

    onStateChange(change) {
      state = change.state;
      outages.changed(change);
    },

    onForgottenKeys({ store, keys }) {
      logger.error(
        `Cache store ${store}: ${keys} failed writes and deletes are more than are remembered; ` +
          'what it holds under their keys may be out of date until it expires',
      );
    },

    onDriverFault({ store, method, error }) {
      failures.add({ store, method, code: error.code, message: error.message });
    },

    flush() {
      outages.flush();
      failures.flush();
    },
  };
}
