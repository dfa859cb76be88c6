import type { CacheError } from './cacheError';
import type { DriverHost } from './driver';
import type { CacheObserver } from './observer';

/** Tells the observer of changes only, however often a client repeats itself. */
export function createStoreState(store: string, observer: CacheObserver): DriverHost {
  let connected: boolean | undefined;
  let downSinceMs: number | undefined;

  return {
    connected() {
      if (connected === true) return;
      connected = true;
      const downMs = downSinceMs === undefined ? undefined : performance.now() - downSinceMs;
      downSinceMs = undefined;
      observer.onStateChange?.({ store, state: 'connected', ...(downMs === undefined ? {} : { downMs }) });
    },
    disconnected(error: CacheError) {
      if (connected === false) return;
      connected = false;
      downSinceMs = performance.now();
      observer.onStateChange?.({ store, state: 'disconnected', error });
    },
  };
}
