// What an app, a plugin and a driver import from each package. typescript.trial.ts compiles this where the packages are installed.
import cacheFeature, {
  cacheOperatorServiceRef,
  cacheServiceFactory,
  createCacheDriverFeature,
} from '@greenroom/cache-backstage';
import type { CacheOperatorService, CacheServiceFactoryOptions } from '@greenroom/cache-backstage';
import { extendCache, isCacheError, readOptions, timeoutOptions, toConfigSchema } from '@greenroom/cache-core';
import type { CacheDriver, CacheDriverDefinition, ExtendedCache } from '@greenroom/cache-core';
import { keepConnected } from '@greenroom/cache-core/connection';
import type { KeptConnection } from '@greenroom/cache-core/connection';
import { conformanceCases, createTestCache, outageCases } from '@greenroom/cache-core/testing';
import { createMemcacheDriver, memcacheSchema } from '@greenroom/cache-memcache';
import type { MemcacheClient } from '@greenroom/cache-memcache';
import { memoryDriver } from '@greenroom/cache-memory';
import cachePlugin, { cacheClearPermission } from '@greenroom/cache-plugin';
import { createRedisDriver, redisSchema } from '@greenroom/cache-redis';
import type { RedisOptions } from '@greenroom/cache-redis';
import { createValkeyDriver } from '@greenroom/cache-valkey';
import type { BackendFeature, CacheService, ServiceRef } from '@backstage/backend-plugin-api';

/** Whether two types are identical. This fails if one has become `any`. */
type Same<A, B> = (<T>() => T extends A ? 1 : 2) extends <T>() => T extends B ? 1 : 2 ? true : false;
const isTrue = <T extends true>(value: T): T => value;

export const feature: BackendFeature = cacheFeature;
export const plugin: BackendFeature = cachePlugin;
export const permission: string = cacheClearPermission.name;
export const driverFeature: BackendFeature = createCacheDriverFeature(memoryDriver);
export const options: CacheServiceFactoryOptions = {
  drivers: [
    createRedisDriver({ credentials: async () => ({ username: 'u', password: 'p' }) }),
    createValkeyDriver({ credentials: () => Promise.resolve({ password: 'p' }) }),
    createMemcacheDriver({ createClient: () => ({}) as MemcacheClient }),
  ],
};
export const factory: BackendFeature = cacheServiceFactory(options);
isTrue<Same<typeof cacheOperatorServiceRef, ServiceRef<CacheOperatorService, 'root', 'singleton'>>>(true);

export async function load(core: CacheService): Promise<string> {
  const cache: ExtendedCache = extendCache(core);
  const loaded = await cache.getOrSet('key', async () => 'value', { ttl: '5m' });
  isTrue<Same<typeof loaded, string>>(true);
  // @ts-expect-error An option that does not exist.
  await cache.getOrSet('key', () => 'value', { wrong: 1 });
  return loaded;
}

isTrue<Same<ReturnType<ReturnType<typeof createRedisDriver>['parseOptions']>, RedisOptions>>(true);

const acmeOptions = { ...timeoutOptions };
export const acmeDriver: CacheDriverDefinition<{ readonly commandTimeoutMs?: number }> = {
  contractVersion: 1,
  store: 'acme',
  parseOptions: source => readOptions(source, acmeOptions),
  create: () => ({}) as CacheDriver,
};
export const schemas: object[] = [toConfigSchema(redisSchema), toConfigSchema(memcacheSchema)];
export const kept: typeof keepConnected = keepConnected;
export const connections = (connection: KeptConnection<object>): number => connection.connections();
export const cases: number = conformanceCases.length + outageCases.length;
export const tests: CacheService = createTestCache();
export const isTimeout = (error: unknown): boolean => isCacheError(error, 'CACHE_TIMEOUT');
