import { CacheError } from '../contract/cacheError';
import type { ConfigSource } from '../contract/configSource';

/** The options in `backend.cache` that are the same for every store. */
export interface CacheConfig {
  /** Name of the store: `driver`, else `store`, else `memory`. */
  readonly store: string;
  /** Ttl of entries that are set without one, in ms, above 0; absent means no expiry. */
  readonly defaultTtlMs?: number;
}

/** Reads `driver`, `store` and `defaultTtl`. Throws CACHE_CONFIG, whose message names the path. */
export function readCacheConfig(config: ConfigSource): CacheConfig {
  const [driver, named] = [config.getOptionalString('driver'), config.getOptionalString('store')];
  const store = driver || named || 'memory';
  const defaultTtlMs = config.getOptionalDurationMs('defaultTtl');
  return { store, ...(defaultTtlMs === undefined ? {} : { defaultTtlMs }) };
}

/**
 * Reads the text `connection` of a store that needs a server; the caller parses it. Throws CACHE_CONFIG when it is missing, empty
 * or no text. The message shows `example`, and never the value, which may contain a password.
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
