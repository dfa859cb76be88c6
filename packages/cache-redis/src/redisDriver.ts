import type { CacheDriverDefinition } from '@greenroom/cache-core';
import { createRespStore } from '@greenroom/resp';
import { createRedisLibrary } from './redisLibrary';
import { parseRedisOptions } from './redisOptions';
import type { RedisOptions } from './redisOptions';

/** Keeps entries in Redis: a server, a cluster, or a master that sentinels know; one connection to each server. */
export const redisDriver: CacheDriverDefinition<RedisOptions> = {
  contractVersion: 1,
  store: 'redis',
  parseOptions: parseRedisOptions,
  policy: options => options,
  create: (options, host) => createRespStore(createRedisLibrary(), options, host),
};
