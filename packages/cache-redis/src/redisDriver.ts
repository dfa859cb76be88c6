import type { CacheDriverDefinition } from '@greenroom/cache-core';
import { connectToServer, createRespStore } from '@greenroom/resp';
import { createClusterConnection } from './clusterConnection';
import { redisLibrary } from './redisLibrary';
import { parseRedisOptions } from './redisOptions';
import type { RedisOptions } from './redisOptions';

/** Keeps entries in Redis: a server, a cluster, or a master that sentinels know; one connection to each server. */
export const redisDriver: CacheDriverDefinition<RedisOptions> = {
  contractVersion: 1,
  store: 'redis',
  parseOptions: parseRedisOptions,
  policy: options => options,
  create: (options, host) =>
    createRespStore(redisLibrary, options, host, (times, events) =>
      options.topology.kind === 'cluster'
        ? createClusterConnection(options.topology, times, events)
        : connectToServer(redisLibrary, options.topology, times, events),
    ),
};
