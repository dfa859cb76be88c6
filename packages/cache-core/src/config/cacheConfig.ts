import { CacheError } from '../contract/cacheError';
import type { ConfigSource } from '../contract/configSource';
import type { NearCacheOptions } from '../contract/nearCacheOptions';
import type { OptionTable } from './configOption';
import { nearOption, readNear } from './nearConfig';
import { pluginOptions, readPolicyConfig, warnOfShortened } from './policyConfig';
import type { PolicyConfig } from './policyConfig';
import { readOptions } from './readOptions';

/** Options of `backend.cache` that every store has. */
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
  near: nearOption,
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
  /** Near cache of all plugins; a duration is in ms. Absent when it is not configured. */
  readonly near?: boolean | NearCacheOptions;
}

/** Reads `driver`, `store`, the ttls, `near` and the policies of plugins. Throws CACHE_CONFIG, whose message names the path. */
export function readCacheConfig(config: ConfigSource): CacheConfig {
  const { driver, store, ...values } = readOptions(config, cacheOptions);
  warnOfShortened(config, values.defaultTtlMs, values.maxTtlMs);
  const near = readNear(config);
  // An unset environment variable leaves an empty text, which means none.
  return {
    store: driver || store || cacheOptions.store.default,
    ...values,
    ...(near !== undefined && { near }),
    ...readPolicyConfig(config),
  };
}

/**
 * Reads the text `connection` of a store that needs a server; the caller parses it. Throws CACHE_CONFIG when it is missing, empty or not a
 * text. The message shows `example`, and never the value, which may contain a password.
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
