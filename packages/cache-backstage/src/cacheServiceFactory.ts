import { coreServices, createServiceFactory } from '@backstage/backend-plugin-api';
import type { CacheService, ServiceFactory } from '@backstage/backend-plugin-api';
import {
  CacheError,
  createCacheManager,
  createConfigSource,
  parseDriverOptions,
  readCacheConfig,
} from '@greenroom/cache-core';
import type { CacheDriverDefinition } from '@greenroom/cache-core';
import { combineObservers } from './combineObservers';
import { cacheDriverServiceRef } from './drivers/cacheDriverServiceRef';
import { findDriver } from './drivers/findDriver';
import { ownStores } from './drivers/storePackages';
import { createLogObserver } from './log/logObserver';
import { toLogText } from './log/toLogText';
import { toUnknownKeyWarnings } from './log/unknownKeyWarnings';
import { createMetricsObserver } from './metrics/metricsObserver';

/** Options of {@link cacheServiceFactory} in code; everything else is configuration. */
export interface CacheServiceFactoryOptions {
  /**
   * Drivers besides those of Greenroom and those that packages add. `backend.cache.store` or `backend.cache.driver`
   * chooses one by its name. A driver with the name of a store of Greenroom replaces that store.
   *
   * @defaultValue none
   */
  readonly drivers?: readonly CacheDriverDefinition[];
}

/** A service factory for `backend.add`, which can also be called with options to get another one. */
export type CacheServiceFactory = ServiceFactory<CacheService, 'plugin', 'singleton'> &
  ((options?: CacheServiceFactoryOptions) => ServiceFactory<CacheService, 'plugin', 'singleton'>);

/**
 * Provides `coreServices.cache`, backed by the store that `backend.cache` names. All plugins share one driver. The backend
 * starts even when the server is down. A wrong configuration fails the start with CACHE_CONFIG, a missing driver package
 * with CACHE_DRIVER_MISSING.
 */
export const cacheServiceFactory: CacheServiceFactory = Object.assign(
  (options?: CacheServiceFactoryOptions) => createFactory(options),
  createFactory(),
);

const CONFIG_PATH = 'backend.cache';
/** Keys that Backstage's own cache reads. They may stay in the configuration whatever the store. */
const BACKSTAGE_KEYS = ['connection', 'infinispan', 'useRedisSets', 'valkey'];

/** Longest warning about the configuration, in characters. */
const MAX_WARNING = 1000;

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
      for (const warning of toUnknownKeyWarnings(source.unknownKeys(sections), CONFIG_PATH)) logger.warn(warning);
      logger.info(`Caching in ${store}`);
      return manager;
    },
    factory: ({ plugin }, manager) => manager.forPlugin(plugin.getId()),
  });
}
