import type { CacheDriverDefinition } from '@greenroom/cache-core';
import { createRespStore } from '@greenroom/resp';
import { valkeyLibrary } from './valkeyLibrary';
import { parseValkeyOptions } from './valkeyOptions';
import type { ValkeyOptions } from './valkeyOptions';

/** Keeps entries in Valkey: a server, a cluster, or a master that sentinels know; one connection to each server. */
export const valkeyDriver: CacheDriverDefinition<ValkeyOptions> = {
  contractVersion: 1,
  store: 'valkey',
  parseOptions: parseValkeyOptions,
  policy: options => options,
  create: (options, host) => createRespStore(valkeyLibrary, options, host),
};
