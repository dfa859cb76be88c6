export { cacheServiceFactory, cacheServiceFactory as default } from './cacheServiceFactory';
export type { CacheServiceFactory, CacheServiceFactoryOptions } from './cacheServiceFactory';
