import type { CacheErrorCode, CacheLoad, CacheLookup, CacheStateChange, NearFigures } from '@greenroom/cache-core';

/** What an operator can ask and do, whatever the store. Rejects with a `CacheError`. Shows no value and no credential. */
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
  /** Host and port of each server that there is a connection to, or that is tried. */
  readonly servers: readonly string[];
  /** Connections that can be used; absent for a store without any. */
  readonly connections?: number;
  /** Id of this process: that of the backend instance where Backstage has one. */
  readonly instance: string;
  /** What comes before the plugin ids in the keys of the store. */
  readonly namespace?: string;
  /** The near cache of this process; absent when no plugin has one. */
  readonly near?: NearStatus;
  /** The error that was seen last, whether it is over or not. */
  readonly lastError?: CacheStatusError;
  /** The latest 50 changes of state, the newest last. */
  readonly changes: readonly CacheStatusChange[];
}

/** What the near cache of this process holds, and has done since the start. Its bytes and entries are also those of frozen reads. */
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
  /** Id of the plugin for which the store was asked; absent when it was for none. */
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
  /** Gets that found a value, also one that is fresh no more. */
  readonly hits: number;
  /** Those of them that the near cache has answered, without asking the store; absent for a plugin without one. */
  readonly nearHits?: number;
  /** Gets that the store answered, and found nothing. */
  readonly misses: number;
  /** Operations that failed. */
  readonly errors: number;
  /** Operations that were not sent, as the store was away or its value outdated. */
  readonly bypasses: number;
  /** Sets that were made. */
  readonly sets: number;
  /** Deletes that were made. */
  readonly deletes: number;
  /** Sets of entries that never expire. */
  readonly setsWithoutTtl: number;
  /** Operations that were sent to the store. */
  readonly operations: number;
  /** How long they took together, in ms. */
  readonly durationMsTotal: number;
  /** Keys of `getOrSet`, by where the value came from; absent when there were none. */
  readonly lookups?: Readonly<Partial<Record<CacheLookup['result'], number>>>;
  /** Loads of `getOrSet` by their result; absent when there were none. */
  readonly loads?: Readonly<Partial<Record<CacheLoad['result'], number>>>;
  /** Lookups that were answered from what was loaded while the store was away; absent as `lookups`. */
  readonly shielded?: number;
  /** Entries in the memory of this process; absent for other stores, as the three that follow. */
  readonly entries?: number;
  /** What these take. */
  readonly bytes?: number;
  /** Entries that were removed to make room for others. */
  readonly evictions?: number;
  /** Entries that were removed as their ttl was over. */
  readonly expiries?: number;
}

/** Which entries to list. */
export interface EntriesOptions {
  /** Most entries in the answer, at least 1. There can be fewer while there is more. */
  readonly limit: number;
  /** Goes on after an earlier answer. */
  readonly cursor?: string;
  /** Find out size and expiry of each entry too, which takes ten times as long. @defaultValue false */
  readonly details?: boolean;
}

/** A page of the entries of a plugin. */
export interface CacheEntries {
  /** Id of the plugin. */
  readonly plugin: string;
  /** In the order of the store. */
  readonly entries: readonly CacheEntry[];
  /** For the next page; absent on the last one. */
  readonly cursor?: string;
  /** Some entries may be missing, as the store lists them so, or a server could not be asked. */
  readonly isApproximate: boolean;
  /** Id of the process that has answered. */
  readonly instance: string;
  /** Servers that could not be asked; absent when all were. */
  readonly unreached?: readonly string[];
}

/** An entry, without its value. */
export interface CacheEntry {
  /** The plugin's own key; where it is not known, the key in the store after the plugin id. */
  readonly key: string;
  /** Bytes of key and value as the store counts them; absent when unknown. */
  readonly bytes?: number;
  /** When it expires; `null`: never. Absent when unknown. */
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
  /** Servers whose entries are still there; absent when there are none. They are removed later. */
  readonly unreached?: readonly string[];
}
