import type { CacheError } from './cacheError';

/** One operation of a plugin, after it has settled. */
export interface CacheOperation {
  readonly store: string;
  readonly pluginId: string;
  readonly operation: 'get' | 'set' | 'delete';
  /**
   * `error`: a fault, answered as a miss or as a write that was not made. `bypass`: not sent, because the store is away,
   * takes no writes or is closed, or because what it holds under the key is out of date.
   */
  readonly result: 'hit' | 'miss' | 'ok' | 'error' | 'bypass';
  /** How long the store took, in ms; 0 when nothing was sent, or the driver answered at once. */
  readonly durationMs: number;
  /** Present when the result is `error`. */
  readonly error?: CacheError;
}

/**
 * A change of what the store is good for: `available`, `unavailable` (nothing is sent but a probe now and then), or
 * `read-only` (reads go on, no writes are sent but those that remove old values).
 */
export type CacheStateChange =
  | {
      readonly store: string;
      readonly state: 'available';
      /** How long the store was not available, in ms; absent when it has been so from the start. */
      readonly downMs?: number;
      /** How many keys, whose last write failed, have had their old value removed. */
      readonly invalidatedKeys?: number;
      /** Plugins with more of these than are remembered: all of their entries are being removed. */
      readonly clearedPlugins?: readonly string[];
    }
  | { readonly store: string; readonly state: 'unavailable' | 'read-only'; readonly error: CacheError };

/** A value that a set sends to the store, or that a get has found in it. */
export interface CacheValueSize {
  readonly store: string;
  readonly pluginId: string;
  readonly operation: 'get' | 'set';
  /** Bytes of its JSON in UTF-8. Of more than 4,096 characters, as many as the first of them lead to expect. */
  readonly bytes: number;
}

/** Gets, of whatever plugins, that are sent to the store in one round trip. */
export interface CacheReadBatch {
  readonly store: string;
  /** How many there are, at least one. */
  readonly reads: number;
}

/** Keys whose last write failed, and whose old value could neither be removed nor remembered as out of date. */
export interface ForgottenKeys {
  readonly store: string;
  readonly keys: number;
}

/** What a driver has failed with when no plugin had asked it for anything. */
export interface DriverFault {
  readonly store: string;
  readonly method: 'clear' | 'connections';
  readonly error: CacheError;
}

/**
 * Sees everything that happens in a cache; core itself neither logs nor counts. Called synchronously, so it must be
 * quick, and must not throw. Keys and values are not shown to it.
 */
export interface CacheObserver {
  onOperation?(operation: CacheOperation): void;
  onStateChange?(change: CacheStateChange): void;
  /** Called before the `onOperation` of the same operation. */
  onValueSize?(size: CacheValueSize): void;
  /** Called only for a store whose driver has `getMany`. */
  onReadBatch?(batch: CacheReadBatch): void;
  /** Called when the store is back, not for each key. */
  onForgottenKeys?(forgotten: ForgottenKeys): void;
  /** Called each time; a clear that fails is tried again two to four times a second. */
  onDriverFault?(fault: DriverFault): void;
}
