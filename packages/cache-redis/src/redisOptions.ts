import type { ConfigSource, DriverSchema } from '@greenroom/cache-core';
import {
  clientOptions,
  readClientSettings,
  readTopology,
  serverOptions,
  topologyOptions,
} from '@greenroom/redis-common';
import type { ClientSettings, Topology } from '@greenroom/redis-common';

/** Options of the Redis store, in the configuration under `backend.cache`. */
export interface RedisOptions extends ClientSettings {
  /** The servers: `connection`, `redis.cluster` or `redis.sentinel`. */
  readonly topology: Topology;
}

/** What the Redis store reads from `backend.cache`. */
export const redisSchema: DriverSchema = {
  store: 'redis',
  options: { client: { type: 'section', options: clientOptions }, ...topologyOptions },
  builtIn: {
    connection: {
      type: 'text',
      isSecret: true,
      options: serverOptions,
      description:
        'Address of the server, required: `redis[s]://[user:password@]host[:port][/database]`, or `unix:/path`, ' +
        'or an object with `url`.',
    },
  },
};

/** Reads `connection` and `redis`. Throws CACHE_CONFIG that names the path and never shows a secret. */
export function parseRedisOptions(config: ConfigSource): RedisOptions {
  return { topology: readTopology(config, 'redis', 'redis'), ...readClientSettings(config, 'redis') };
}
