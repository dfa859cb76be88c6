export { cacheDriverServiceRef } from './drivers/cacheDriverServiceRef';
export { cacheServiceFactory, cacheServiceFactory as default } from './cacheServiceFactory';
export type { CacheServiceFactory, CacheServiceFactoryOptions } from './cacheServiceFactory';
export { createCacheDriverFeature } from './drivers/createCacheDriverFeature';
