import type { ConfigSource } from '@greenroom/cache-core';
import { readClientSettings, readTopology } from '@greenroom/resp';
import type { ClientSettings, Topology } from '@greenroom/resp';

/** Options of the Redis store, in the configuration under `backend.cache`. */
export interface RedisOptions extends ClientSettings {
  /** Where the servers are: `connection`, `redis.cluster` or `redis.sentinel`. */
  readonly topology: Topology;
}

/** Reads `connection` and `redis`. Throws CACHE_CONFIG that names the path and never shows a secret. */
export function parseRedisOptions(config: ConfigSource): RedisOptions {
  return { topology: readTopology(config, 'redis', 'redis'), ...readClientSettings(config, 'redis') };
}
