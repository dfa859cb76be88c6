import { CacheError } from '../contract/cacheError';
import type { ConfigSource } from '../contract/configSource';

/** What every store reads from `backend.cache`. */
export interface CacheConfig {
  /** Name of the driver: `driver`, else `store`, else `memory`. */
  readonly store: string;
  /** Life of entries without a ttl of their own in ms; absent = no expiry. */
  readonly defaultTtlMs?: number;
}

/** Reads `driver`, `store` and `defaultTtl`. Throws CACHE_CONFIG that names the path. */
export function readCacheConfig(config: ConfigSource): CacheConfig {
  const [driver, named] = [config.getOptionalString('driver'), config.getOptionalString('store')];
  const store = driver || named || 'memory';
  const defaultTtlMs = config.getOptionalDurationMs('defaultTtl');
  return { store, ...(defaultTtlMs === undefined ? {} : { defaultTtlMs }) };
}

/**
 * Reads `connection` of a store that needs a server, without looking into it. Throws CACHE_CONFIG when it is missing; the
 * message shows the example and never the value, which may hold a password.
 */
export function readConnection(config: ConfigSource, store: string, example: string): string {
  const connection = config.getOptional('connection');
  if (connection === undefined || connection === '') {
    throw new CacheError(
      'CACHE_CONFIG',
      `Missing configuration at '${config.path}.connection': the store '${store}' needs the address of its server, such as ${example}`,
    );
  }
  if (typeof connection !== 'string') throw config.invalid('connection', `text such as ${example}`);
  return connection;
}
