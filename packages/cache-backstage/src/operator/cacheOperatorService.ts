import type { CacheErrorCode, CacheLoad, CacheLookup, CacheStateChange, NearFigures } from '@greenroom/cache-core';

/** What an operator can ask and do, with any store. Methods reject with a `CacheError`. No answer has a value or a credential. */
export interface CacheOperatorService {
  /** The state of the store, without asking the store. */
  status(): CacheStatus;

  /** What each plugin that has used the cache has done in this process. */
  plugins(): Promise<readonly PluginFigures[]>;

  /**
   * A page of the entries of a plugin, without their values. Rejects with CACHE_UNSUPPORTED for a store that does not list its keys,
   * CACHE_UNAVAILABLE while the store is away, CACHE_INVALID_CURSOR, and as `CacheManager.entries` does.
   */
  entries(pluginId: string, options: EntriesOptions): Promise<CacheEntries>;

  /**
   * Removes all entries of a plugin. Rejects with CACHE_UNSUPPORTED for a store that cannot clear, CACHE_UNAVAILABLE while
   * the store is away, and as `CacheManager.clear` does.
   */
  clear(pluginId: string): Promise<ClearedPlugin>;
}

/** State of the store, as this process sees it. Times are ISO 8601. */
export interface CacheStatus {
  /** `degraded`: something is not cached. */
  readonly status: 'ok' | 'degraded';
  /** `starting`: the first connection is being made, and operations wait for it. */
  readonly state: 'starting' | CacheStateChange['state'];
  /** When this state began. */
  readonly since: string;
  /** Name of the store. */
  readonly store: string;
  /** Host and port of each server that the store is connected to or tries to connect to. */
  readonly servers: readonly string[];
  /** Usable connections; absent for a store without connections. */
  readonly connections?: number;
  /** Id of this process: the id of the backend instance, where Backstage has one. */
  readonly instance: string;
  /** Namespace that precedes the plugin ids in the keys of the store. */
  readonly namespace?: string;
  /** The near cache of this process; absent when no plugin has one. */
  readonly near?: NearStatus;
  /** The latest error, whether its cause still exists or not. */
  readonly lastError?: CacheStatusError;
  /** The latest 50 changes of state, the newest last. */
  readonly changes: readonly CacheStatusChange[];
}

/** What the near cache of this process holds, and has done since the start. Its bytes and entries include those of frozen reads. */
export interface NearStatus extends NearFigures {
  /** The plugins of this backend that have one, in the order in which they were given their caches. */
  readonly plugins: readonly NearPlugin[];
}

/** A plugin with a near cache. */
export interface NearPlugin {
  /** Id of the plugin. */
  readonly plugin: string;
  /** A read gives what the store would have answered at some moment of the last so many ms. */
  readonly maxStalenessMs: number;
}

/** An error that was seen. */
export interface CacheStatusError {
  /** Its code, which docs/errors.md explains. */
  readonly code: CacheErrorCode;
  /** What went wrong, in words; at most 500 characters. */
  readonly message: string;
  /** When it was seen. */
  readonly at: string;
  /** Id of the plugin that the operation was for; absent when it was for none. */
  readonly plugin?: string;
  /** Host and port of the server; absent when there are several and the error names none. */
  readonly server?: string;
}

/** A change of the state of the store. */
export interface CacheStatusChange {
  /** When the state began. */
  readonly at: string;
  /** The new state. */
  readonly state: CacheStateChange['state'];
  /** What caused it; absent for `available`. */
  readonly error?: Pick<CacheStatusError, 'code' | 'message'>;
}

/** What a plugin has done in this process since it started. */
export interface PluginFigures {
  /** Id of the plugin. */
  readonly plugin: string;
  /** Gets that found a value, including a stale one. */
  readonly hits: number;
  /** Hits that the near cache has answered, without asking the store; absent for a plugin without a near cache. */
  readonly nearHits?: number;
  /** Gets for which the store had no value. */
  readonly misses: number;
  /** Operations that failed. */
  readonly errors: number;
  /** Operations that were not sent, as the store was away or the key was stale. */
  readonly bypasses: number;
  /** Sets that succeeded. */
  readonly sets: number;
  /** Deletes that succeeded. */
  readonly deletes: number;
  /** Sets of entries that never expire. */
  readonly setsWithoutTtl: number;
  /** Operations that were sent to the store. */
  readonly operations: number;
  /** Total duration of these operations, in ms. */
  readonly durationMsTotal: number;
  /** Keys that were asked for by `getOrSet`, by where the value came from; absent when there were none. */
  readonly lookups?: Readonly<Partial<Record<CacheLookup['result'], number>>>;
  /** Loads of `getOrSet` by their result; absent when there were none. */
  readonly loads?: Readonly<Partial<Record<CacheLoad['result'], number>>>;
  /** Lookups that were answered with a value loaded while the store was away; absent when `lookups` is. */
  readonly shielded?: number;
  /** Entries in the memory of this process. This and the next three are absent for other stores. */
  readonly entries?: number;
  /** Bytes of these entries. */
  readonly bytes?: number;
  /** Entries that were removed to make room for others. */
  readonly evictions?: number;
  /** Entries that were removed because their ttl had ended. */
  readonly expiries?: number;
}

/** Which entries to list. */
export interface EntriesOptions {
  /** Largest number of entries in the answer, at least 1. An answer can have fewer although there are more. */
  readonly limit: number;
  /** The `cursor` of an earlier answer, to continue after it. */
  readonly cursor?: string;
  /** Also returns the size and the expiry of each entry, which takes ten times as long. @defaultValue false */
  readonly details?: boolean;
}

/** A page of the entries of a plugin. */
export interface CacheEntries {
  /** Id of the plugin. */
  readonly plugin: string;
  /** The entries, in the order of the store. */
  readonly entries: readonly CacheEntry[];
  /** Cursor of the next page; absent on the last page. */
  readonly cursor?: string;
  /** Some entries may be missing, because the store does not list all, or because a server could not be asked. */
  readonly isApproximate: boolean;
  /** Id of the process that has answered. */
  readonly instance: string;
  /** Servers that could not be asked; absent when all were. */
  readonly unreached?: readonly string[];
}

/** An entry, without its value. */
export interface CacheEntry {
  /** The plugin's own key; where it is unknown, the part of the stored key after the plugin id. */
  readonly key: string;
  /** Size of key and value in bytes, as the store counts them; absent when unknown. */
  readonly bytes?: number;
  /** When the entry expires; `null` if never. Absent when unknown. */
  readonly expiresAt?: string | null;
}

/** What a clear has done. */
export interface ClearedPlugin {
  /** Id of the plugin. */
  readonly plugin: string;
  /** Number of removed entries; absent when the store does not count them. */
  readonly entries?: number;
  /** `process`: only what this process holds. `store`: what all processes share. */
  readonly scope: 'process' | 'store';
  /** Id of the process that has cleared. */
  readonly instance: string;
  /** So many ms other processes may go on serving what they have read before; absent for a plugin without a near cache. */
  readonly maxStalenessMs?: number;
  /** Servers that could not be cleared; absent when there are none. Their entries are removed later. */
  readonly unreached?: readonly string[];
}
