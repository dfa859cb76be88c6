import { randomUUID } from 'node:crypto';
import { coreServices, createBackendPlugin } from '@backstage/backend-plugin-api';
import type { BackendFeature, CacheService } from '@backstage/backend-plugin-api';
import { mockServices, startTestBackend } from '@backstage/backend-test-utils';
import type { JsonObject } from '@backstage/types';
import { cleanUp } from '@greenroom/test-servers/cleanUp';
import cacheServiceFactory, { cacheOperatorServiceRef } from '../index';
import type { CacheOperatorService } from '../index';
import { recordLog } from './recordLog';
import type { LogRecord } from './recordLog';
import { withPatience } from './withPatience';

/** How a test starts its backend. */
export interface BackendOptions {
  /** Ids of the plugins of the backend. @defaultValue one unique id */
  readonly pluginIds?: readonly string[];
  /** Features that provide the cache and its drivers. @defaultValue the default export of this package */
  readonly features?: readonly (BackendFeature | Promise<{ default: BackendFeature }>)[];
  /** @defaultValue a new log */
  readonly log?: LogRecord;
  /** Leaves the configuration as it is, without a `commandTimeout` of 5 s. @defaultValue false */
  readonly isExact?: boolean;
}

/** The backend of one test. */
export interface RunningBackend {
  /** The cache of a plugin. @param pluginId - the first one, when absent */
  cacheOf(pluginId?: string): CacheService;
  /** What an operator's plugin gets, which uses no cache itself. */
  readonly operator: CacheOperatorService;
  readonly pluginIds: readonly string[];
  readonly log: LogRecord;
  stop(): Promise<void>;
}

/** A plugin id or key that no other test uses. */
export function uniqueId(): string {
  return `test-${randomUUID()}`;
}

/**
 * Starts a backend with this `backend.cache`, as an operator would, and stops it when the test ends. Unless configured otherwise, a command
 * has a timeout of 5 s: with other tests running, a store can take longer than half a second, and few tests are about that.
 */
export async function startBackend(
  cache: JsonObject,
  {
    pluginIds = [uniqueId()],
    features = [cacheServiceFactory],
    log = recordLog(),
    isExact = false,
  }: BackendOptions = {},
): Promise<RunningBackend> {
  const caches = new Map<string, CacheService>();
  const plugins = pluginIds.map(pluginId =>
    createBackendPlugin({
      pluginId,
      register(env) {
        env.registerInit({
          deps: { cache: coreServices.cache },
          async init({ cache: ownCache }) {
            caches.set(pluginId, ownCache);
          },
        });
      },
    }),
  );
  let operator!: CacheOperatorService;
  const operatorPlugin = createBackendPlugin({
    pluginId: 'operator',
    register(env) {
      env.registerInit({
        deps: { service: cacheOperatorServiceRef },
        async init({ service }) {
          operator = service;
        },
      });
    },
  });
  const backend = await startTestBackend({
    features: [
      ...features,
      ...plugins,
      operatorPlugin,
      mockServices.rootConfig.factory({ data: { backend: { cache: isExact ? cache : withPatience(cache) } } }),
      mockServices.rootLogger.mock(log.logger).factory,
    ],
  });
  cleanUp(() => backend.stop());
  return {
    pluginIds,
    log,
    operator,
    stop: () => backend.stop(),
    cacheOf(pluginId = pluginIds[0] ?? '') {
      const found = caches.get(pluginId);
      if (!found) throw new Error(`The plugin ${pluginId} did not start`);
      return found;
    },
  };
}
