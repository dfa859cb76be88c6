import type { CacheError } from './cacheError';

/** One operation of a plugin, after it has settled. */
export interface CacheOperation {
  readonly store: string;
  readonly pluginId: string;
  readonly operation: 'get' | 'set' | 'delete';
  /** `error`: a fault, answered as a miss or as a write that was not made. `bypass`: not sent, the cache is closed. */
  readonly result: 'hit' | 'miss' | 'ok' | 'error' | 'bypass';
  readonly durationMs: number;
  /** Present when the result is `error`. */
  readonly error?: CacheError;
}

/** A store that became usable, or stopped being so. */
export type CacheStateChange =
  | {
      readonly store: string;
      readonly state: 'connected';
      /** How long the store was away, in ms; absent when it has not been away. */
      readonly downMs?: number;
    }
  | { readonly store: string; readonly state: 'disconnected'; readonly error: CacheError };

/**
 * Sees everything that happens in a cache; core itself neither logs nor counts. Called synchronously, so it must be
 * quick, and must not throw. Keys and values are not shown to it.
 */
export interface CacheObserver {
  onOperation?(operation: CacheOperation): void;
  onStateChange?(change: CacheStateChange): void;
}
