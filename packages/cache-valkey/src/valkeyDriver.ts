import type { CacheDriverDefinition } from '@greenroom/cache-core';
import { createRedisStore } from '@greenroom/redis-common';
import type { GetCredentials } from '@greenroom/redis-common';
import { valkeyClientAdapter } from './valkeyClientAdapter';
import { parseValkeyOptions } from './valkeyOptions';
import type { ValkeyOptions } from './valkeyOptions';

/** Stores entries in Valkey: a server, a cluster, or a master with sentinels. One connection to each server. */
export const valkeyDriver: CacheDriverDefinition<ValkeyOptions> = createDriver();

/** Options of the Valkey store that only code can give. */
export interface ValkeyDriverOptions {
  /**
   * Called before each connection, for tokens that expire. Its result replaces the user name and the password of the
   * configuration. A rejection is an outage, logged as CACHE_AUTH; the next attempt to connect calls it again. Sentinels keep
   * the credentials of the configuration.
   */
  readonly credentials: GetCredentials;
}

/** Creates the Valkey driver with options from code. Pass it to the cache service as a driver. */
export function createValkeyDriver({ credentials }: ValkeyDriverOptions): CacheDriverDefinition<ValkeyOptions> {
  return createDriver(credentials);
}

function createDriver(getCredentials?: GetCredentials): CacheDriverDefinition<ValkeyOptions> {
  return {
    contractVersion: 1,
    store: 'valkey',
    parseOptions: parseValkeyOptions,
    policy: options => options,
    create: (options, host) => createRedisStore(valkeyClientAdapter, { ...options, getCredentials }, host),
  };
}
