import { stores } from './openSubject';
import type { OpenSubject, Store } from './openSubject';

interface SubjectDefinition {
  readonly stores: readonly Store[];
  /** Loads nothing of the other subjects. */
  readonly load: () => Promise<OpenSubject>;
}

/** All measured subjects, in the order of the tables. */
export const subjects = {
  greenroom: {
    stores,
    load: async () => (await import('./subjects/openGreenroom')).openGreenroom,
  },
  'greenroom, near': {
    stores: [],
    load: async () => (await import('./subjects/openGreenroom')).openNearGreenroom,
  },
  redis: { stores: ['redis'], load: async () => (await import('./subjects/openRedis')).openRedis },
  iovalkey: { stores: ['valkey'], load: async () => (await import('./subjects/openIovalkey')).openIovalkey },
  memcached: { stores: ['memcache'], load: async () => (await import('./subjects/openMemcached')).openMemcached },
  Map: { stores: ['memory'], load: async () => (await import('./subjects/openMap')).openMap },
  'lru-cache': { stores: ['memory'], load: async () => (await import('./subjects/openLruCache')).openLruCache },
  'lru-cache by reference': {
    stores: [],
    load: async () => (await import('./subjects/openLruCache')).openLruCacheByReference,
  },
  'built-in cache': { stores, load: async () => (await import('./subjects/openBuiltIn')).openBuiltIn },
  bentocache: {
    stores: ['redis', 'valkey', 'memory'],
    load: async () => (await import('./subjects/openBentocache')).openBentocache,
  },
  'bentocache, two layers': {
    stores: [],
    load: async () => (await import('./subjects/openBentocache')).openLayeredBentocache,
  },
  'cache-manager': { stores, load: async () => (await import('./subjects/openCacheManager')).openCacheManager },
  cacheable: { stores, load: async () => (await import('./subjects/openCacheable')).openCacheable },
  'cacheable, two layers': {
    stores: [],
    load: async () => (await import('./subjects/openCacheable')).openLayeredCacheable,
  },
  cachified: { stores: [], load: async () => (await import('./subjects/openCachified')).openCachified },
  unstorage: {
    stores: ['redis', 'valkey', 'memory'],
    load: async () => (await import('./subjects/openUnstorage')).openUnstorage,
  },
  core: { stores: ['none'], load: async () => (await import('./subjects/openCore')).openCore },
  'core, batching': { stores: ['none'], load: async () => (await import('./subjects/openCore')).openBatchingCore },
  'core, encrypting': {
    stores: ['none'],
    load: async () => (await import('./subjects/openCore')).openEncryptingCore,
  },
  'core, changing': { stores: [], load: async () => (await import('./subjects/openCore')).openChangingCore },
  'in a backend': { stores: ['none'], load: async () => (await import('./subjects/openBackend')).openBackend },
  'with metrics': {
    stores: ['none'],
    load: async () => (await import('./subjects/openBackend')).openBackendWithMetrics,
  },
  'JSON, encrypting': {
    stores: ['none'],
    load: async () => (await import('./subjects/openJson')).openEncryptingJson,
  },
  JSON: { stores: ['none'], load: async () => (await import('./subjects/openJson')).openJson },
} satisfies Readonly<Record<string, SubjectDefinition>>;

export type Subject = keyof typeof subjects;
/** A program that comes with the server and sets the limit: it is written in C, parses no JSON, and no caller waits for its answers. */
export type LimitProgram = 'redis-benchmark' | 'valkey-benchmark';

/** General-purpose caches, which can use any store. */
export const generalCaches: readonly Subject[] = ['bentocache', 'cache-manager', 'cacheable', 'unstorage'];

/** The subjects of a store, in the order of the tables. */
export function listSubjects(store: Store): Subject[] {
  return (Object.keys(subjects) as Subject[]).filter(name => {
    const definition: SubjectDefinition = subjects[name];
    return definition.stores.includes(store);
  });
}
