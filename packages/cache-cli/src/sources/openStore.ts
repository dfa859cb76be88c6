import {
  createCacheManager,
  createConfigSource,
  maxStalenessOf,
  parseDriverOptions,
  readCacheConfig,
} from '@greenroom/cache-core';
import type { CacheDriver, CacheManager } from '@greenroom/cache-core';
import { CONFIG_PATH } from '../config/loadCacheConfig';
import type { LoadedConfig } from '../config/loadCacheConfig';
import { findDriver } from '../drivers/findDriver';
import { UsageError } from '../usage/usageError';
import { createConnectionState } from './connectionState';

/** A store that the program connects to itself. */
export interface OpenStore {
  /** Name of the store in the configuration. */
  readonly store: string;
  /** What precedes the separator and the plugin id in each key; empty for none. */
  readonly namespace: string;
  readonly manager: CacheManager;
  /** For so many ms, backends with this configuration may go on serving what a plugin has read; `undefined` without a near cache. */
  maxStalenessOf(pluginId: string): number | undefined;
  /** Resolves when the store can be asked. Rejects with the error of the connection. */
  waitUntilUsable(signal: AbortSignal): Promise<void>;
  /** Creates another driver, with its own connections, for what the manager does not do. */
  createDriver(): CacheDriver;
}

/** Where to look for the driver. */
export interface OpenOptions {
  readonly cwd: string;
  readonly packageName?: string | undefined;
}

/** Opens the store that the configuration names. Throws a {@link UsageError}, or a CacheError with CACHE_CONFIG. */
export function openStore({ value, appFolder }: LoadedConfig, options: OpenOptions): OpenStore {
  const source = createConfigSource(value, CONFIG_PATH);
  const config = readCacheConfig(source);
  const { store } = config;
  if (store === 'memory' && options.packageName === undefined) {
    throw new UsageError(
      "The store 'memory' is in the process of the backend: add @greenroom/cache-plugin to the backend, and ask each replica " +
        'by --url, such as --url http://localhost:7007, with a token in GREENROOM_CACHE_TOKEN',
    );
  }
  const driver = findDriver(store, { appFolder, ...options });
  const driverOptions = parseDriverOptions(driver, source);
  const { namespace = '' } = driver.policy?.(driverOptions) ?? {};
  const state = createConnectionState();
  const manager = createCacheManager({ driver, driverOptions, observer: state.observer });
  return {
    ...{ store, namespace, manager },
    maxStalenessOf: pluginId => maxStalenessOf(config, pluginId),
    waitUntilUsable: signal => state.waitUntilUsable(manager, signal),
    createDriver: () => driver.create(driverOptions, { connected() {}, disconnected() {} }),
  };
}
