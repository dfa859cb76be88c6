export type { Awaitable } from './contract/awaitable';
export { cacheErrorCodes, CacheError, isCacheError } from './contract/cacheError';
export type { CacheErrorCode } from './contract/cacheError';
export { readCacheConfig, readConnection } from './config/cacheConfig';
export type { CacheConfig } from './config/cacheConfig';
export { createCacheManager } from './cacheManager';
export type { CacheManager, CacheManagerOptions } from './cacheManager';
export type { CacheService, CacheServiceOptions, CacheServiceSetOptions } from './contract/cacheService';
export { createConfigSource } from './config/createConfigSource';
export type { RecordingConfigSource } from './config/createConfigSource';
export type { ConfigSource } from './contract/configSource';
export type { CacheDriver, CacheDriverDefinition, DriverHost, DriverPolicy } from './contract/driver';
export { assertDriverDefinition, parseDriverOptions } from './guard/driverDefinition';
export type { HumanDuration } from './contract/duration';
export type { JsonObject, JsonValue } from './contract/jsonValue';
export type {
  CacheObserver,
  CacheOperation,
  CacheReadBatch,
  CacheStateChange,
  CacheValueSize,
  DriverFault,
  ForgottenKeys,
} from './contract/observer';
export { assertNamespacePart } from './keys/storedKey';
export { readTlsSettings } from './config/tlsSettings';
export type { TlsPlaces, TlsSettings } from './config/tlsSettings';
export type { UnknownKey } from './config/unknownKeys';
