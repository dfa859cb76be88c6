export { cacheDriverServiceRef } from './drivers/cacheDriverServiceRef';
export { cacheOperatorServiceRef } from './cacheOperatorServiceRef';
export { cacheServiceFactory, cacheServiceFactory as default } from './cacheServiceFactory';
export type { CacheServiceFactory, CacheServiceFactoryOptions } from './cacheServiceFactory';
export { createCacheDriverFeature } from './drivers/createCacheDriverFeature';
export type {
  CacheEntries,
  CacheEntry,
  CacheOperatorService,
  CacheStatus,
  CacheStatusChange,
  CacheStatusError,
  ClearedPlugin,
  EntriesOptions,
  NearPlugin,
  NearStatus,
  PluginFigures,
} from './operator/cacheOperatorService';
