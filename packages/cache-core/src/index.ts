export type { Awaitable } from './awaitable';
export { cacheErrorCodes, CacheError, isCacheError } from './cacheError';
export type { CacheErrorCode } from './cacheError';
export { readCacheConfig, readConnection } from './cacheConfig';
export type { CacheConfig } from './cacheConfig';
export { createCacheManager } from './cacheManager';
export type { CacheManager, CacheManagerOptions } from './cacheManager';
export type { CacheService, CacheServiceOptions, CacheServiceSetOptions } from './cacheService';
export { createConfigSource } from './configSource';
export type { ConfigSource } from './configSource';
export type { CacheDriver, CacheDriverDefinition, DriverHost, DriverPolicy } from './driver';
export { assertDriverDefinition, parseDriverOptions } from './driverDefinition';
export type { HumanDuration } from './duration';
export type { JsonObject, JsonValue } from './jsonValue';
export type {
  CacheObserver,
  CacheOperation,
  CacheReadBatch,
  CacheStateChange,
  CacheValueSize,
  DriverFault,
  ForgottenKeys,
} from './observer';
export { assertNamespacePart } from './storedKey';
export { readTlsSettings } from './tlsSettings';
export type { TlsPlaces, TlsSettings } from './tlsSettings';
export { findUnknownKeys } from './unknownKeys';
export type { UnknownKey } from './unknownKeys';
