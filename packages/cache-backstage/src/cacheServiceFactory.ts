import { coreServices, createServiceFactory } from '@backstage/backend-plugin-api';
import type { CacheService, ServiceFactory } from '@backstage/backend-plugin-api';
import {
  CacheError,
  createCacheManager,
  createConfigSource,
  parseDriverOptions,
  readCacheConfig,
} from '@greenroom/cache-core';
import type { CacheDriverDefinition, UnknownKey } from '@greenroom/cache-core';
import { cacheDriverServiceRef } from './drivers/cacheDriverServiceRef';
import { combineObservers } from './combineObservers';
import { findDriver } from './drivers/findDriver';
import { createLogObserver } from './log/logObserver';
import { createMetricsObserver } from './metrics/metricsObserver';
import { ownStores } from './drivers/storePackages';
import { toLogText } from './log/toLogText';

/** Options of {@link cacheServiceFactory} in code; everything else is configuration. */
export interface CacheServiceFactoryOptions {
  /**
   * Drivers besides those of Greenroom and those that packages add, chosen by their name in `backend.cache.store` or
   * `backend.cache.driver`. One that is called like a store of Greenroom takes its place.
   *
   * @defaultValue none
   */
  readonly drivers?: readonly CacheDriverDefinition[];
}

/** A service factory that is ready for `backend.add`, or gives one when called with options. */
export type CacheServiceFactory = ServiceFactory<CacheService, 'plugin', 'singleton'> &
  ((options?: CacheServiceFactoryOptions) => ServiceFactory<CacheService, 'plugin', 'singleton'>);

/**
 * Provides `coreServices.cache` over the store that `backend.cache` names. One driver serves all plugins. A server that
 * is down does not fail the start; a wrong configuration does, with CACHE_CONFIG or CACHE_DRIVER_MISSING.
 */
export const cacheServiceFactory: CacheServiceFactory = Object.assign(
  (options?: CacheServiceFactoryOptions) => createFactory(options),
  createFactory(),
);

const CONFIG_PATH = 'backend.cache';
/** Keys of Backstage, which may stay beside a store that does not read them. */
const BACKSTAGE_KEYS = ['connection', 'infinispan', 'useRedisSets', 'valkey'];

/** In characters. */
const MAX_KEY_PATH = 200;
const MAX_WARNING = 1000;
/** Unknown keys that have a line each. */
const MAX_UNKNOWN_KEYS = 20;

function createFactory({ drivers = [] }: CacheServiceFactoryOptions = {}) {
  const given: unknown = drivers;
  if (!Array.isArray(given)) {
    throw new CacheError('CACHE_CONFIG', "Invalid option 'drivers' of cacheServiceFactory: expected a list of drivers");
  }
  return createServiceFactory({
    service: coreServices.cache,
    deps: {
      config: coreServices.rootConfig,
      rootLogger: coreServices.rootLogger,
      rootLifecycle: coreServices.rootLifecycle,
      plugin: coreServices.pluginMetadata,
      addedDrivers: cacheDriverServiceRef,
    },
    async createRootContext({ config, rootLogger, rootLifecycle, addedDrivers }) {
      const logger = rootLogger.child({ service: 'cache' });
      const known = [...drivers, ...addedDrivers];
      const warn = (message: string) => logger.warn(toLogText(message, MAX_WARNING));
      const source = createConfigSource(config.getOptional(CONFIG_PATH), CONFIG_PATH, warn);
      const { store, defaultTtlMs } = readCacheConfig(source);
      const path = `${CONFIG_PATH}.${source.getOptionalString('driver') ? 'driver' : 'store'}`;
      const driver = await findDriver(store, known, path);
      const driverOptions = parseDriverOptions(driver, source);
      const log = createLogObserver(logger);
      const metrics = createMetricsObserver(driver.store);
      const manager = createCacheManager({
        driver,
        driverOptions,
        observer: metrics ? combineObservers([log, metrics.observer]) : log,
        ...(defaultTtlMs !== undefined && { defaultTtl: defaultTtlMs }),
      });
      metrics?.countConnections(() => manager.connections());
      rootLifecycle.addShutdownHook(() => {
        log.flush();
        return manager.close().finally(metrics?.stop);
      });
      const sections = [...ownStores, ...known.map(each => each.store), ...BACKSTAGE_KEYS];
      for (const warning of toWarnings(source.unknownKeys(sections))) logger.warn(warning);
      logger.info(`Caching in ${store}`);
      return manager;
    },
    factory: ({ plugin }, manager) => manager.forPlugin(plugin.getId()),
  });
}

function toWarnings(keys: readonly UnknownKey[]): string[] {
  const more = keys.length - MAX_UNKNOWN_KEYS;
  return [
    ...keys.slice(0, MAX_UNKNOWN_KEYS).map(toWarning),
    ...(more > 0 ? [`${more} more keys in '${CONFIG_PATH}' are unknown and have no effect`] : []),
  ];
}

function toWarning({ path, nearest }: UnknownKey): string {
  const hint = nearest === undefined ? '' : `: did you mean '${toLogText(nearest, MAX_KEY_PATH)}'?`;
  return `'${toLogText(path, MAX_KEY_PATH)}' is unknown and has no effect${hint}`;
}
