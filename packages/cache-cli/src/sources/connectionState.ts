import { setTimeout as delay } from 'node:timers/promises';
import type { CacheError, CacheManager, CacheObserver } from '@greenroom/cache-core';

/** Watches the connection of a manager. */
export interface ConnectionState {
  readonly observer: CacheObserver;
  /** Resolves when the store answers, or may do so for a part of the keys. Rejects with what is in the way. */
  waitUntilUsable(manager: CacheManager, signal: AbortSignal): Promise<void>;
}

/** How long the store may take, and how much longer once it is known to be away: there may be more servers to try. */
const USABLE_WITHIN_MS = 5000;
const AWAY_FOR_MS = 1000;
const RETRY_MS = 50;

export function createConnectionState(): ConnectionState {
  let answers = false;
  let fault: CacheError | undefined;
  let awaySinceMs: number | undefined;

  return {
    observer: {
      onOperation({ result, error }) {
        answers ||= result === 'hit' || result === 'miss';
        // While the store is away, an operation only says that it is.
        if (awaySinceMs === undefined) fault = error ?? fault;
      },
      onStateChange(change) {
        if (change.state === 'available') awaySinceMs = undefined;
        else {
          awaySinceMs ??= performance.now();
          fault = change.error;
        }
      },
    },
    async waitUntilUsable(manager, signal) {
      const cache = manager.forPlugin('greenroom');
      const startedAtMs = performance.now();
      for (;;) {
        signal.throwIfAborted();
        await cache.get('probe');
        if (answers) return;
        const now = performance.now();
        const isGivenUp =
          fault?.code === 'CACHE_AUTH' ||
          now - startedAtMs > USABLE_WITHIN_MS ||
          (awaySinceMs !== undefined && now - awaySinceMs > AWAY_FOR_MS);
        // A cluster of which one node is away takes questions to the others.
        if (isGivenUp && fault && awaySinceMs !== undefined) throw fault;
        if (isGivenUp) return;
        await delay(RETRY_MS, undefined, { signal });
      }
    },
  };
}
