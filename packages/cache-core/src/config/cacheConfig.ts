import { CacheError } from '../contract/cacheError';
import type { ConfigSource } from '../contract/configSource';
import type { OptionTable } from './configOption';
import { pluginOptions, readPolicyConfig, warnOfShortened } from './policyConfig';
import type { PolicyConfig } from './policyConfig';
import { readOptions } from './readOptions';

/** Options of `backend.cache` that are those of every store. */
export const cacheOptions = {
  store: { type: 'text', default: 'memory', description: 'Name of the store.' },
  driver: {
    type: 'text',
    description: 'Name of a driver that was added to the backend; wins over `store`. Default: none.',
  },
  defaultTtl: {
    type: 'duration',
    description: 'Life of entries that are set without a `ttl`: ms, or a duration. Default: no expiry.',
  },
  maxTtl: {
    type: 'duration',
    description: 'Longest life of an entry: ms, or a duration. Default: none.',
  },
  ...pluginOptions,
} as const satisfies OptionTable;

/** The options in `backend.cache` that are the same for every store. */
export interface CacheConfig extends PolicyConfig {
  /** Name of the store: `driver`, else `store`, else `memory`. */
  readonly store: string;
  /** Ttl of entries that are set without one, in ms, above 0; absent means no expiry. */
  readonly defaultTtlMs?: number;
  /** Longest life of an entry, in ms, above 0; absent means no bound. */
  readonly maxTtlMs?: number;
}

/** Reads `driver`, `store`, the ttls and the policies of plugins. Throws CACHE_CONFIG, whose message names the path. */
export function readCacheConfig(config: ConfigSource): CacheConfig {
  const { driver, store, ...values } = readOptions(config, cacheOptions);
  warnOfShortened(config, values.defaultTtlMs, values.maxTtlMs);
  // Empty, as an unset environment variable leaves it, means none.
  return { store: driver || store || cacheOptions.store.default, ...values, ...readPolicyConfig(config) };
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
