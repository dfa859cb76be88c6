import type { CacheDriverDefinition } from '@greenroom/cache-core';
import { createRespStore } from '@greenroom/resp';
import type { GetCredentials } from '@greenroom/resp';
import { createRedisLibrary } from './redisLibrary';
import { parseRedisOptions } from './redisOptions';
import type { RedisOptions } from './redisOptions';

/** Keeps entries in Redis: a server, a cluster, or a master that sentinels know; one connection to each server. */
export const redisDriver: CacheDriverDefinition<RedisOptions> = createDriver();

/** What the Redis store takes from code: what no configuration can hold. */
export interface RedisDriverOptions {
  /**
   * Asked each time a connection is made, in place of the user name and the password in the configuration: for tokens
   * that expire. A rejection is an outage, in the log as CACHE_AUTH, and is asked again with the next connection.
   * Sentinels keep what the configuration has for them.
   */
  readonly credentials: GetCredentials;
}

/** The same store with options from code, to be given to the cache service as a driver. */
export function createRedisDriver({ credentials }: RedisDriverOptions): CacheDriverDefinition<RedisOptions> {
  return createDriver(credentials);
}

function createDriver(getCredentials?: GetCredentials): CacheDriverDefinition<RedisOptions> {
  return {
    contractVersion: 1,
    store: 'redis',
    parseOptions: parseRedisOptions,
    policy: options => options,
    create: (options, host) => createRespStore(createRedisLibrary(), { ...options, getCredentials }, host),
  };
}
