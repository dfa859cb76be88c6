import type { CacheError } from './cacheError';

/** One operation of a plugin, after it has settled. */
export interface CacheOperation {
  /** Name of the store. */
  readonly store: string;
  /** Id of the plugin that called it. */
  readonly pluginId: string;
  /** What the plugin called. */
  readonly operation: 'get' | 'set' | 'delete';
  /**
   * `hit` and `miss` of a get, `ok` of a write. `error`: a fault, which the plugin sees as a miss or as a write that resolves.
   * `bypass`: not sent, because the store is unavailable, read-only or closed, or its value of the key is outdated.
   */
  readonly result: 'hit' | 'miss' | 'ok' | 'error' | 'bypass';
  /** Time that the store took, in ms; 0 when nothing was sent, or the driver answered without a promise. */
  readonly durationMs: number;
  /** The fault; present when the result is `error`. */
  readonly error?: CacheError;
}

/**
 * A change of the state of the store: `available`, `unavailable` (only probes are sent), or `read-only` (only reads and the
 * removal of outdated values are sent).
 */
export type CacheStateChange =
  | {
      /** Name of the store. */
      readonly store: string;
      /** The new state. */
      readonly state: 'available';
      /** How long the store was not available, in ms; absent when it was available from the start. */
      readonly downMs?: number;
      /** Number of keys whose last write had failed and whose old value was removed now. */
      readonly invalidatedKeys?: number;
      /** Plugins with more such keys than are remembered; all of their entries are being removed. */
      readonly clearedPlugins?: readonly string[];
    }
  | {
      /** Name of the store. */
      readonly store: string;
      /** The new state. */
      readonly state: 'unavailable' | 'read-only';
      /** The fault that caused it. */
      readonly error: CacheError;
    };

/** The size of a value that a set sends to the store or a get finds there. */
export interface CacheValueSize {
  /** Name of the store. */
  readonly store: string;
  /** Id of the plugin that called it. */
  readonly pluginId: string;
  /** What the plugin called. */
  readonly operation: 'get' | 'set';
  /** Bytes of its JSON in UTF-8; above 4,096 characters, an estimate from the first 4,096. */
  readonly bytes: number;
}

/** Gets, of any plugins, that are sent to the store in one round trip. */
export interface CacheReadBatch {
  /** Name of the store. */
  readonly store: string;
  /** Number of gets, at least 1. */
  readonly reads: number;
}

/** Keys whose last write failed and whose old value may be read again: there were too many to remember or remove. */
export interface ForgottenKeys {
  /** Name of the store. */
  readonly store: string;
  /** Number of keys, at least 1. */
  readonly keys: number;
}

/** A failure of a driver in a call that no plugin made. */
export interface DriverFault {
  /** Name of the store. */
  readonly store: string;
  /** The method of the driver that failed. */
  readonly method: 'clear' | 'connections';
  /** What it threw or rejected with. */
  readonly error: CacheError;
}

/**
 * Is told of everything that happens in a cache, for logs and metrics: core itself neither logs nor counts. It is called
 * synchronously, so it must be fast, and must not throw. It never receives keys or values.
 */
export interface CacheObserver {
  /** Called for each operation of a plugin when it has settled. */
  onOperation?(operation: CacheOperation): void;
  /** Called when the store becomes available, unavailable or read-only. */
  onStateChange?(change: CacheStateChange): void;
  /** Called for each value that is sent or found, before the `onOperation` of its operation. */
  onValueSize?(size: CacheValueSize): void;
  /** Called for each batch of gets; never without the driver's `getMany`. */
  onReadBatch?(batch: CacheReadBatch): void;
  /** Called once when the store is available again, not for each key. */
  onForgottenKeys?(forgotten: ForgottenKeys): void;
  /** Called for each failure; a clear that fails is retried two to four times a second. */
  onDriverFault?(fault: DriverFault): void;
}
