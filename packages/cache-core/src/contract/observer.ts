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
   * `hit` and `miss` of a get, `ok` of a write. `near`: the near cache answered a get, without asking the store. `stale`: a `getOrSet`
   * found a value that is no longer fresh, and may serve it. `error`: a fault, which the plugin sees as a miss or as a write that resolves.
   * `bypass`: nothing was sent, because the store is unavailable, read-only or closed, its value of the key is outdated, or the cache of
   * the plugin is disabled.
   */
  readonly result: 'hit' | 'near' | 'stale' | 'miss' | 'ok' | 'error' | 'bypass';
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

/** A set of an entry that never expires, whether or not it is sent. */
export interface CacheSetWithoutTtl {
  /** Name of the store. */
  readonly store: string;
  /** Id of the plugin that called it. */
  readonly pluginId: string;
}

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

/** One key of a `getOrSet` or `getOrSetMany`, when its caller has been answered. */
export interface CacheLookup {
  /** Name of the store. */
  readonly store: string;
  /** Id of the plugin that called it. */
  readonly pluginId: string;
  /**
   * Where the value came from. `hit`: from the store, fresh. `near`: from the near cache, without asking the store. `stale`: from the
   * store, no longer fresh. `load`: the caller's own load was called. `shared`: the caller waited for the load of another caller, in this
   * or another process. `shielded`: from this process, which kept what a load returned while the store was away. `error`: the caller got
   * the error of a load, its own or a shared one. `aborted`: the caller's `signal` ended its wait.
   */
  readonly result: 'hit' | 'near' | 'stale' | 'load' | 'shared' | 'shielded' | 'error' | 'aborted';
}

/** One call of a load of `getOrSet` or `getOrSetMany`, when it has ended. */
export interface CacheLoad {
  /** Name of the store. */
  readonly store: string;
  /** Id of the plugin that called it. */
  readonly pluginId: string;
  /** Number of keys that it was asked for, at least 1. */
  readonly keys: number;
  /**
   * `detached`: it succeeded, but nothing is stored, because all its keys were set, deleted or loaded again meanwhile. `error`: it failed.
   * `timeout`: it took longer than its `hardTimeout`. `aborted`: nobody waited any more.
   */
  readonly result: 'ok' | 'detached' | 'error' | 'timeout' | 'aborted';
  /** Whether all its keys have stale values. Callers get these when the load fails, so only the observer sees the error. */
  readonly isRefresh: boolean;
  /** From the call to its end, in ms. */
  readonly durationMs: number;
  /** The error of the load, whose text may come from the plugin; absent unless the result is `error`, `timeout` or `aborted`. */
  readonly error?: unknown;
}

/** The lease of a load with `acrossProcesses`, which keeps other processes from loading the same key meanwhile. */
export interface CacheLease {
  /** Name of the store. */
  readonly store: string;
  /** Id of the plugin that loads. */
  readonly pluginId: string;
  /**
   * `refused`: another process has it. Callers wait for the value that it loads, except those with `forceFresh`. Reported once for each key
   * that is to be loaded, however long callers wait.
   */
  readonly result: 'granted' | 'refused';
}

/** Keys whose last write failed, and whose old value may be read again because there were too many such keys to remember or remove. */
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
  readonly method: 'add' | 'clear' | 'connections' | 'delete' | 'figuresOf' | 'get' | 'servers';
  /** What it threw or rejected with. */
  readonly error: CacheError;
  /** Id of the plugin for which the method was called; absent when it was called for no plugin, or for a lease. */
  readonly pluginId?: string;
}

/**
 * Receives everything that happens in a cache, for logs and metrics: core itself neither logs nor counts. Its methods are called
 * synchronously, so they must be fast, and must not throw. They never receive keys or values.
 */
export interface CacheObserver {
  /** Called for each operation of a plugin when it has settled. */
  onOperation?(operation: CacheOperation): void;
  /** Called for each set without a ttl, at the time of the call. */
  onSetWithoutTtl?(set: CacheSetWithoutTtl): void;
  /** Called when the store becomes available, unavailable or read-only. */
  onStateChange?(change: CacheStateChange): void;
  /** Called for each value that is sent or found, before the `onOperation` of its operation. */
  onValueSize?(size: CacheValueSize): void;
  /** Called for each batch of gets; never when the driver has no `getMany`. */
  onReadBatch?(batch: CacheReadBatch): void;
  /** Called for each key of a `getOrSet` or `getOrSetMany`, unless the caller's `signal` had fired before the call. */
  onLookup?(lookup: CacheLookup): void;
  /** Called for each call of a load of a `getOrSet`, before its callers are answered. */
  onLoad?(load: CacheLoad): void;
  /** Called for each lease that a load gets or is refused; never without `acrossProcesses`. */
  onLease?(lease: CacheLease): void;
  /** Called once when the store is available again, not for each key. */
  onForgottenKeys?(forgotten: ForgottenKeys): void;
  /** Called for each failure; a clear that fails is retried two to four times a second. */
  onDriverFault?(fault: DriverFault): void;
}
