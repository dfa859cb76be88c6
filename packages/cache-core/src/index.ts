// For plugin authors: the cache of a plugin. Backstage plugins get the same types from `@backstage/backend-plugin-api`.
export type { CacheService, CacheServiceOptions, CacheServiceSetOptions } from './contract/cacheService';
export type { HumanDuration } from './contract/duration';
export type { JsonObject, JsonValue } from './contract/jsonValue';

// For plugin authors: `getOrSet` and more on top of the four methods, for a cache service of any kind.
export { extendCache } from './extended/extendCache';
export type {
  ExtendedCache,
  ExtendedSetOptions,
  GetOrSetOptions,
  LoadContext,
  ReadOptions,
  Ttl,
  ValueSchema,
} from './contract/extendedCache';
export type { DeepReadonly, ReadonlyJsonValue } from './contract/deepReadonly';

// For everybody: errors. Driver authors throw them, hosts log and count them, and `isCacheError` recognizes them.
export { cacheErrorCodes, CacheError, isCacheError } from './contract/cacheError';
export type { CacheErrorCode } from './contract/cacheError';

// For driver authors: the contract, and functions that read common options. The conformance suite is in `@greenroom/cache-core/testing`.
export type { Awaitable } from './contract/awaitable';
export type { CacheDriver, CacheDriverDefinition, DriverHost, DriverPolicy } from './contract/driver';
export type {
  ClearedEntries,
  ClearOptions,
  EntryFigures,
  EntryListOptions,
  EntryPage,
  StoredEntry,
} from './contract/storedEntry';
export type { ConfigSource } from './contract/configSource';
export { readConnection } from './config/cacheConfig';
export { readTlsSettings, tlsOption } from './config/tlsSettings';
export type { TlsPlaces, TlsSettings } from './config/tlsSettings';
export { assertNamespacePart } from './keys/storedKey';

// For driver authors: options declared as data, from which values are read and the schema is generated.
export type { ConfigOption, OptionTable } from './config/configOption';
export { readOptions } from './config/readOptions';
export type { OptionValues } from './config/readOptions';
export { timeoutOptions } from './config/timeoutOptions';
export { createCommonSchema, toConfigSchema } from './config/toConfigSchema';
export type { BuiltInStore, DriverSchema } from './config/toConfigSchema';

// For hosts (programs that run a cache, such as `@greenroom/cache-backstage`): the manager and its observer.
export { createCacheManager } from './cacheManager';
export type { CacheManager, CacheManagerOptions } from './cacheManager';
export type { NearCacheOptions, PluginNearCacheOptions } from './contract/nearCacheOptions';
export type { PluginPolicy } from './contract/pluginPolicy';
export { maxStalenessOf } from './maxStalenessOf';
export type { NearRules } from './maxStalenessOf';
export type { NearFigures } from './near/nearCache';
export type { NearDrops } from './near/nearCopies';
export type { EntriesOptions } from './listEntries';
export type { DescribedKey } from './keys/describeKey';
export type {
  CacheLease,
  CacheLoad,
  CacheLookup,
  CacheObserver,
  CacheOperation,
  CacheReadBatch,
  CacheSetWithoutTtl,
  CacheStateChange,
  CacheValueSize,
  DriverFault,
  ForgottenKeys,
} from './contract/observer';

// For hosts that read a configuration: the source for `parseOptions`, and checks of a driver that was found by name.
export { createConfigSource } from './config/createConfigSource';
export type { RecordingConfigSource } from './config/createConfigSource';
export { readCacheConfig } from './config/cacheConfig';
export type { CacheConfig } from './config/cacheConfig';
export type { PolicyConfig } from './config/policyConfig';
export type { UnknownKey } from './config/unknownKeys';
export { assertDriverDefinition, parseDriverOptions } from './guard/driverDefinition';
