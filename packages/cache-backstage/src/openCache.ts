import { randomUUID } from 'node:crypto';
import type { LoggerService, RootConfigService, RootLifecycleService } from '@backstage/backend-plugin-api';
import { createCacheManager, createConfigSource, parseDriverOptions, readCacheConfig } from '@greenroom/cache-core';
import type { CacheDriverDefinition } from '@greenroom/cache-core';
import { combineObservers } from './combineObservers';
import { findDriver } from './drivers/findDriver';
import { ownStores } from './drivers/storePackages';
import { createBackendNear } from './figures/backendNear';
import { createCacheFigures } from './figures/cacheFigures';
import { createLogObserver } from './log/logObserver';
import { toNearLine } from './log/nearLine';
import { toLogText } from './log/toLogText';
import { toUnknownKeyWarnings } from './log/unknownKeyWarnings';
import { toUnknownPluginWarnings } from './log/unknownPluginWarnings';
import { createMetricsObserver } from './metrics/metricsObserver';
import type { OpenedCache } from './operator/openedCache';
import { createStoreHistory } from './operator/storeHistory';

/** What a backend provides to its cache. */
export interface CacheHost {
  readonly config: RootConfigService;
  readonly rootLogger: LoggerService;
  readonly rootLifecycle: RootLifecycleService;
  /** Id of the backend instance; `undefined` where Backstage has none. */
  readonly instanceId: string | undefined;
}

const CONFIG_PATH = 'backend.cache';
/** Keys that only Backstage's own cache reads. They may stay in the configuration, whatever the store. */
const BACKSTAGE_KEYS = ['connection', 'infinispan', 'useRedisSets', 'valkey'];

/** Longest warning about the configuration, in characters. */
const MAX_WARNING = 1000;

/**
 * Creates the cache that `backend.cache` describes, and closes it when the backend stops. Does not wait for a server. Rejects with
 * CACHE_CONFIG for a wrong configuration, and with CACHE_DRIVER_MISSING for a missing package.
 *
 * @param drivers - Those that were added to the backend.
 */
export async function openCache(host: CacheHost, drivers: readonly CacheDriverDefinition[]): Promise<OpenedCache> {
  const { config, rootLogger, rootLifecycle, instanceId } = host;
  const logger = rootLogger.child({ service: 'cache' });
  const warn = (message: string) => logger.warn(toLogText(message, MAX_WARNING));
  const source = createConfigSource(config.getOptional(CONFIG_PATH), CONFIG_PATH, warn);
  const { store, defaultTtlMs, maxTtlMs, ...policies } = readCacheConfig(source);
  const path = `${CONFIG_PATH}.${source.getOptionalString('driver') ? 'driver' : 'store'}`;
  const driver = await findDriver(store, drivers, path);
  const driverOptions = parseDriverOptions(driver, source);
  // The driver can report its first event before `createCacheManager` returns, so `manager` may not be set yet.
  let listServers = (): readonly string[] => [];
  const log = createLogObserver(logger, () => listServers());
  const figures = createCacheFigures(pluginId => near.maxStalenessOf(pluginId) !== undefined);
  const history = createStoreHistory();
  const metrics = createMetricsObserver({ store: driver.store, figures, instanceId });
  const manager = createCacheManager({
    driver,
    driverOptions,
    observer: combineObservers([figures.observer, history.observer, log, ...(metrics ? [metrics.observer] : [])]),
    ...(defaultTtlMs !== undefined && { defaultTtl: defaultTtlMs }),
    ...(maxTtlMs !== undefined && { maxTtl: maxTtlMs }),
    ...policies,
  });
  const near = createBackendNear(manager, policies);
  listServers = () => manager.servers();
  metrics?.watch(manager, near);
  rootLifecycle.addShutdownHook(() => {
    log.flush();
    return manager.close().finally(metrics?.stop);
  });
  const sections = [...ownStores, ...drivers.map(each => each.store), ...BACKSTAGE_KEYS];
  for (const warning of toUnknownKeyWarnings(source.unknownKeys(sections), CONFIG_PATH)) logger.warn(warning);
  logger.info(`Caching in ${store}`);
  const nearFigures = near.figures();
  if (nearFigures) logger.info(toNearLine(policies, nearFigures.maxBytes));
  const configured = Object.keys(policies.plugins ?? {});
  const pluginIds = new Set<string>();
  // When a startup hook runs, all plugins have been given their caches.
  if (configured.length > 0) {
    rootLifecycle.addStartupHook(() => {
      const warnings = toUnknownPluginWarnings(configured, pluginIds, `${CONFIG_PATH}.plugin`);
      for (const warning of warnings) logger.warn(warning);
    });
  }
  const forPlugin = (pluginId: string) => {
    pluginIds.add(pluginId);
    return manager.forPlugin(pluginId);
  };
  const instance = instanceId ?? randomUUID();
  return { manager, forPlugin, pluginIds, store: driver.store, figures, near, history, instance };
}
