import { setTimeout as delay } from 'node:timers/promises';
import type { CacheError, CacheManager, CacheObserver } from '@greenroom/cache-core';

/** Watches the connection of a manager. */
export interface ConnectionState {
  readonly observer: CacheObserver;
  /** Resolves when the store answers, or when at least a part of it may. Rejects with the error of the connection. */
  waitUntilUsable(manager: CacheManager, signal: AbortSignal): Promise<void>;
}

/** Time limits of the store: overall, and after it was reported to be away, as there may be more servers to try. */
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
        // While the store is away, the error of an operation says nothing more.
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
        // Unless the whole store is away, it can be asked: in a cluster of which one node is away, the others answer.
        if (isGivenUp && fault && awaySinceMs !== undefined) throw fault;
        if (isGivenUp) return;
        await delay(RETRY_MS, undefined, { signal });
      }
    },
  };
}
