import { readOptions, timeoutOptions } from '@greenroom/cache-core';
import type { ConfigSource, DriverSchema, JsonValue, OptionTable } from '@greenroom/cache-core';
import { connectionObject, connectionOption, readAddress } from './memcacheAddress';
import type { MemcacheAddress } from './memcacheAddress';

/** Options of `memcache.client` that apply to every client. */
export interface MemcacheSettings {
  /** Largest entry that is sent, in bytes, header included: the server's `-I` less 1 KiB. @defaultValue 1,047,552 (1 MiB - 1 KiB) */
  readonly maxValueBytes?: number;
  /** Longest time that one operation may take, in ms. @defaultValue 500 */
  readonly commandTimeoutMs?: number;
}

/** Options of the store, in the configuration under `backend.cache`. */
export interface MemcacheOptions extends MemcacheAddress, MemcacheSettings {
  /** Longest time that a connection may take to be made, in ms. @defaultValue 2000 */
  readonly connectTimeoutMs?: number;
}

/** Options of the store with another client. */
export interface MemcacheClientOptions extends MemcacheSettings {
  /** `connection`, as it is in the configuration. */
  readonly connection?: JsonValue | undefined;
}

const anyClientOptions = {
  maxValueBytes: {
    type: 'integer',
    minimum: 1,
    // The default item size of memcached, less room for the key and the item header.
    default: 1024 * 1024 - 1024,
    description: "Largest entry that is sent, in bytes: the server's `-I` less 1 KiB.",
  },
  commandTimeout: timeoutOptions.commandTimeout,
} as const satisfies OptionTable;

/** Options that do not apply to another client, which connects by itself. */
const ownClientOptions = {
  connectTimeout: timeoutOptions.connectTimeout,
} as const satisfies OptionTable;

/** Options of `backend.cache.memcache.client`. */
export const clientOptions = { ...anyClientOptions, ...ownClientOptions } as const satisfies OptionTable;

/** The options of the store in `backend.cache`. */
export const memcacheSchema: DriverSchema = {
  store: 'memcache',
  options: { client: { type: 'section', options: clientOptions } },
  builtIn: { connection: connectionOption, connectionObject },
};

/** Reads `connection` and `memcache.client.*`. Throws CACHE_CONFIG that names the path and never shows the connection. */
export function parseMemcacheOptions(config: ConfigSource): MemcacheOptions {
  return {
    ...readAddress(config),
    ...readSettings(config),
    ...readOptions(config, ownClientOptions, 'memcache.client'),
  };
}

/** Reads the options of `memcache.client` that apply to every client. Throws CACHE_CONFIG that names the path. */
export function readSettings(config: ConfigSource): MemcacheSettings {
  const settings = readOptions(config, anyClientOptions, 'memcache.client');
  warnOfOptionsWithoutEffect(config);
  return settings;
}

function warnOfOptionsWithoutEffect(config: ConfigSource): void {
  // All keys are read, so that none is reported as unknown.
  const [namespaceKey] = ['namespace', 'keyPrefixSeparator']
    .map(name => `memcache.client.${name}`)
    .filter(key => config.getOptional(key) !== undefined);
  if (namespaceKey) config.warn(namespaceKey, 'has no effect: keys in memcached start with the plugin id alone');
  for (const key of ['useRedisSets', 'memcache.client.noNamespaceAffectsAll', 'memcache.client.useRedisSets']) {
    if (config.getOptional(key) !== undefined) config.warn(key, 'has no effect and can be removed');
  }
}
