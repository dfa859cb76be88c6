import type { LoggerService } from '@backstage/backend-plugin-api';
import type { CacheObserver, CacheStateChange } from '@greenroom/cache-core';
import { createFailureLog } from './failureLog';
import { createOutageLog } from './outageLog';
import { createStoreSubject } from './storeSubject';

/** An observer that logs. */
export interface LogObserver extends CacheObserver {
  /** Writes the lines that are still due. */
  flush(): void;
}

/**
 * Writes one line for each change of state, and at most one a minute for each kind of other failure. Only messages are
 * logged, never an error object: a client's error can hold credentials.
 *
 * @param listServers - The servers of the store, for lines about errors that name none.
 */
export function createLogObserver(logger: LoggerService, listServers: () => readonly string[] = () => []): LogObserver {
  const toSubject = createStoreSubject(listServers);
  const failures = createFailureLog(line => logger.warn(line), toSubject);
  const outages = createOutageLog(logger, toSubject);
  let state: CacheStateChange['state'] | undefined;

  return {
    onOperation({ store, pluginId, error }) {
      if (!error) return;
      // The line about the outage explains these errors already. One node of several that is away is not an outage of the store.
      const isExplained = state === 'unavailable' || (state === 'read-only' && error.code === 'CACHE_READ_ONLY');
      if (!isExplained) failures.add({ store, pluginId, code: error.code, message: error.message });
    },

    onStateChange(change) {
      state = change.state;
      outages.add(change);
    },

    onLoad({ store, pluginId, result, isRefresh, error }) {
      // Errors of other loads reach a caller.
      const isUnseen = isRefresh && (result === 'error' || result === 'timeout');
      if (isUnseen) failures.add({ store, pluginId, message: toMessage(error) });
    },

    onForgottenKeys({ store, keys }) {
      const text =
        'more writes and deletes have failed than can be remembered; ' +
        `${keys} keys may have an old value until it expires`;
      logger.error(`${toSubject(store, text)}: ${text}`);
    },

    onDriverFault({ store, method, error, pluginId }) {
      const ofPlugin = pluginId === undefined ? {} : { pluginId };
      failures.add({ store, method, code: error.code, message: error.message, ...ofPlugin });
    },

    flush() {
      outages.flush();
      failures.flush();
    },
  };
}

/** The message of any value that a plugin has thrown. */
function toMessage(error: unknown): string {
  if (typeof error === 'string') return error;
  const message = typeof error === 'object' && error !== null && 'message' in error ? error.message : undefined;
  return typeof message === 'string' ? message : 'an error without a message';
}
