import type { JsonValue } from '@greenroom/cache-core';

export const stores = ['redis', 'valkey', 'memcache', 'memory'] as const;
/** `none`: what is measured without a store. */
export type Store = (typeof stores)[number] | 'none';

/** What is measured: takes values and gives values, so JSON is a part of it. */
export interface Cache {
  get(key: string): unknown;
  set(key: string, value: JsonValue): unknown;
}

/** One way to cache in a store. Those that know no plugins have one cache for all. */
export interface OpenedSubject {
  cacheOf(pluginId: string): Cache | Promise<Cache>;
  /** Operations that were not carried out, and that the caller was not told of. Absent: it is told of all. */
  faults?(): number;
}

/** What stands under `backend.cache`, without the name of the store. */
export interface Access {
  readonly connection?: string;
  readonly memory?: { readonly maxEntries: number; readonly maxBytes: number };
  /** Read by Greenroom alone. */
  readonly redis?: { readonly cluster: { readonly rootNodes: readonly { readonly url: string }[] } };
}

export type OpenSubject = (store: Store, access: Access) => OpenedSubject | Promise<OpenedSubject>;

interface SubjectDefinition {
  readonly stores: readonly Store[];
  /** Loads nothing of the other subjects. */
  readonly load: () => Promise<OpenSubject>;
}

/** All that is measured, in the order of the tables. */
export const subjects = {
  greenroom: {
    stores,
    load: async () => (await import('./subjects/openGreenroom')).openGreenroom,
  },
  redis: { stores: ['redis'], load: async () => (await import('./subjects/openRedis')).openRedis },
  iovalkey: { stores: ['valkey'], load: async () => (await import('./subjects/openIovalkey')).openIovalkey },
  memcached: { stores: ['memcache'], load: async () => (await import('./subjects/openMemcached')).openMemcached },
  Map: { stores: ['memory'], load: async () => (await import('./subjects/openMap')).openMap },
  'lru-cache': { stores: ['memory'], load: async () => (await import('./subjects/openLruCache')).openLruCache },
  'built-in cache': { stores, load: async () => (await import('./subjects/openBuiltIn')).openBuiltIn },
  bentocache: {
    stores: ['redis', 'valkey', 'memory'],
    load: async () => (await import('./subjects/openBentocache')).openBentocache,
  },
  'cache-manager': { stores, load: async () => (await import('./subjects/openCacheManager')).openCacheManager },
  cacheable: { stores, load: async () => (await import('./subjects/openCacheable')).openCacheable },
  unstorage: {
    stores: ['redis', 'valkey', 'memory'],
    load: async () => (await import('./subjects/openUnstorage')).openUnstorage,
  },
  core: { stores: ['none'], load: async () => (await import('./subjects/openCore')).openCore },
  'core, batching': { stores: ['none'], load: async () => (await import('./subjects/openCore')).openBatchingCore },
  'in a backend': { stores: ['none'], load: async () => (await import('./subjects/openBackend')).openBackend },
  'with metrics': {
    stores: ['none'],
    load: async () => (await import('./subjects/openBackend')).openBackendWithMetrics,
  },
  JSON: { stores: ['none'], load: async () => (await import('./subjects/openJson')).openJson },
} satisfies Readonly<Record<string, SubjectDefinition>>;

export type Subject = keyof typeof subjects;
/** Comes with the server, is written in C, reads no JSON and has nobody who waits for an answer: the limit. */
export type LimitProgram = 'redis-benchmark' | 'valkey-benchmark';

/** Caches for any purpose, over any store. */
export const generalCaches: readonly Subject[] = ['bentocache', 'cache-manager', 'cacheable', 'unstorage'];

/** In the order of the tables. */
export function listSubjects(store: Store): Subject[] {
  return (Object.keys(subjects) as Subject[]).filter(name => {
    const definition: SubjectDefinition = subjects[name];
    return definition.stores.includes(store);
  });
}
