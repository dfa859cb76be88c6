import type { CacheDriverDefinition } from '@greenroom/cache-core';
import { createRespStore } from '@greenroom/resp';
import type { GetCredentials } from '@greenroom/resp';
import { valkeyLibrary } from './valkeyLibrary';
import { parseValkeyOptions } from './valkeyOptions';
import type { ValkeyOptions } from './valkeyOptions';

/** Keeps entries in Valkey: a server, a cluster, or a master that sentinels know; one connection to each server. */
export const valkeyDriver: CacheDriverDefinition<ValkeyOptions> = createDriver();

/** What the Valkey store takes from code: what no configuration can hold. */
export interface ValkeyDriverOptions {
  /**
   * Asked each time a connection is made, in place of the user name and the password in the configuration: for tokens
   * that expire. A rejection is an outage, in the log as CACHE_AUTH, and is asked again with the next connection.
   * Sentinels keep what the configuration has for them.
   */
  readonly credentials: GetCredentials;
}

/** The same store with options from code, to be given to the cache service as a driver. */
export function createValkeyDriver({ credentials }: ValkeyDriverOptions): CacheDriverDefinition<ValkeyOptions> {
  return createDriver(credentials);
}

function createDriver(getCredentials?: GetCredentials): CacheDriverDefinition<ValkeyOptions> {
  return {
    contractVersion: 1,
    store: 'valkey',
    parseOptions: parseValkeyOptions,
    policy: options => options,
    create: (options, host) => createRespStore(valkeyLibrary, { ...options, getCredentials }, host),
  };
}
