import type { CacheDriverDefinition } from '@greenroom/cache-core';
import { createRedisStore } from '@greenroom/redis-common';
import type { GetCredentials } from '@greenroom/redis-common';
import { createRedisClientAdapter } from './redisClientAdapter';
import { parseRedisOptions } from './redisOptions';
import type { RedisOptions } from './redisOptions';

/** Stores entries in Redis: a server, a cluster, or a master with sentinels. One connection to each server. */
export const redisDriver: CacheDriverDefinition<RedisOptions> = createDriver();

/** Options of the Redis store that only code can give. */
export interface RedisDriverOptions {
  /**
   * Called before each connection, for tokens that expire. Its result replaces the user name and the password of the
   * configuration. A rejection is an outage, logged as CACHE_AUTH; the next attempt to connect calls it again. Sentinels keep
   * the credentials of the configuration.
   */
  readonly credentials: GetCredentials;
}

/** Creates the Redis driver with options from code. Pass it to the cache service as a driver. */
export function createRedisDriver({ credentials }: RedisDriverOptions): CacheDriverDefinition<RedisOptions> {
  return createDriver(credentials);
}

function createDriver(getCredentials?: GetCredentials): CacheDriverDefinition<RedisOptions> {
  return {
    contractVersion: 1,
    store: 'redis',
    parseOptions: parseRedisOptions,
    policy: options => options,
    create: (options, host) => createRedisStore(createRedisClientAdapter(), { ...options, getCredentials }, host),
  };
}
