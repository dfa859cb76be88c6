import type { JsonValue, NearFigures } from '@greenroom/cache-core';

export const stores = ['redis', 'valkey', 'memcache', 'memory'] as const;
/** `none`: what is measured without a store. */
export type Store = (typeof stores)[number] | 'none';

/** What is measured: takes values and gives values, so JSON is a part of it. */
export interface Cache {
  get(key: string): unknown;
  set(key: string, value: JsonValue): unknown;
}

/** Returns the value of a key, which it loads and stores when there is none. */
export type ReadThrough = (key: string, load: () => Promise<JsonValue>) => unknown;

/** One way to cache in a store. Those that know no plugins have one cache for all. */
export interface OpenedSubject {
  cacheOf(pluginId: string): Cache | Promise<Cache>;
  /** Operations that were not carried out, and that the caller was not told of. Absent: it is told of all. */
  faults?(): number;
  /** By one of its caches. Absent where that is not measured. */
  readThrough?(cache: Cache, ttlMs: number): ReadThrough;
  /** A get of one of its caches that returns a frozen value. Absent where that is not measured. */
  getFrozen?(cache: Cache): (key: string) => unknown;
  /** Of its near cache. Absent where there is none. */
  nearFigures?(): NearFigures | undefined;
}

/** What stands under `backend.cache`, without the name of the store. */
export interface Access {
  readonly connection?: string;
  readonly memory?: { readonly maxEntries: number; readonly maxBytes: number };
  /** Room of a layer in the process: Greenroom reads the bytes, others the number. */
  readonly near?: { readonly maxBytes?: number; readonly maxEntries: number };
  /** Read by Greenroom alone. */
  readonly redis?: { readonly cluster: { readonly rootNodes: readonly { readonly url: string }[] } };
}

export type OpenSubject = (store: Store, access: Access) => OpenedSubject | Promise<OpenedSubject>;
