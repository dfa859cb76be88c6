import type { JsonValue, NearFigures } from '@greenroom/cache-core';

export const stores = ['redis', 'valkey', 'memcache', 'memory'] as const;
/** `none` is for subjects that are measured without a store. */
export type Store = (typeof stores)[number] | 'none';

/** What is measured: it accepts and returns values, so JSON is part of the cost. */
export interface Cache {
  get(key: string): unknown;
  set(key: string, value: JsonValue): unknown;
}

/** Returns the value of a key, which it loads and stores when there is none. */
export type ReadThrough = (key: string, load: () => Promise<JsonValue>) => unknown;

/** One way to cache in a store. Subjects that have no notion of plugins use one cache for all. */
export interface OpenedSubject {
  cacheOf(pluginId: string): Cache | Promise<Cache>;
  /** Number of operations that failed without the caller's knowledge. Absent when every failure reaches the caller. */
  faults?(): number;
  /** Reads through one of its caches. Absent where that is not measured. */
  readThrough?(cache: Cache, ttlMs: number): ReadThrough;
  /** A get of one of its caches that returns a frozen value. Absent where that is not measured. */
  getFrozen?(cache: Cache): (key: string) => unknown;
  /** Figures of its near cache. Absent where there is none. */
  nearFigures?(): NearFigures | undefined;
}

/** The configuration at `backend.cache`, without the name of the store. */
export interface Access {
  readonly connection?: string;
  readonly memory?: { readonly maxEntries: number; readonly maxBytes: number };
  /** Limits of a layer in the process: Greenroom uses the bytes, others the number of entries. */
  readonly near?: { readonly maxBytes?: number; readonly maxEntries: number };
  /** Only Greenroom reads this. */
  readonly redis?: { readonly cluster: { readonly rootNodes: readonly { readonly url: string }[] } };
}

export type OpenSubject = (store: Store, access: Access) => OpenedSubject | Promise<OpenedSubject>;
