import { coreServices, createServiceFactory, createServiceRef } from '@backstage/backend-plugin-api';
import type { RootInstanceMetadataService, ServiceRef } from '@backstage/backend-plugin-api';
import { CacheError } from '@greenroom/cache-core';
import type { CacheDriverDefinition } from '@greenroom/cache-core';
import { cacheDriverServiceRef } from './drivers/cacheDriverServiceRef';
import { openCache } from './openCache';
import type { OpenedCache } from './operator/openedCache';

/**
 * The one cache of a backend: the cache service opens it, the operator service reads it. It is a service of its own so that both use the
 * same cache, with the drivers that were passed to the cache service.
 */
export interface BackendCache {
  /** Opens the cache at the first call. Rejects as `openCache` does. */
  open(drivers: readonly CacheDriverDefinition[]): Promise<OpenedCache>;
  /** The open cache. Throws the error of a failed `open`, and CACHE_UNSUPPORTED when nobody has called `open`. */
  opened(): OpenedCache;
}

/** The factory never rejects: Backstage would report that as an unhandled rejection, besides the failure of each plugin. */
export const backendCacheServiceRef: ServiceRef<BackendCache, 'root', 'singleton'> = createServiceRef({
  id: 'greenroom.cache.backend',
  scope: 'root',
  defaultFactory: async service =>
    createServiceFactory({
      service,
      deps: {
        config: coreServices.rootConfig,
        rootLogger: coreServices.rootLogger,
        rootLifecycle: coreServices.rootLifecycle,
        addedDrivers: cacheDriverServiceRef,
        metadata: instanceMetadataRef,
      },
      factory: ({ addedDrivers, metadata, ...host }) =>
        createBackendCache(drivers =>
          openCache({ ...host, instanceId: findInstanceId(metadata) }, [...drivers, ...addedDrivers]),
        ),
    }),
});

/** The instance metadata of the core services. It is an empty object where services are tested without a backend. */
const instanceMetadataRef = createServiceRef<Partial<RootInstanceMetadataService>>({
  id: coreServices.rootInstanceMetadata.id,
  scope: 'root',
  defaultFactory: async service => createServiceFactory({ service, deps: {}, factory: () => ({}) }),
});

/** Newer releases of Backstage give each backend instance an id. */
function findInstanceId(metadata: object): string | undefined {
  const { getId } = metadata as { getId?: () => unknown };
  const id = typeof getId === 'function' ? getId.call(metadata) : undefined;
  return typeof id === 'string' && id !== '' ? id : undefined;
}

function createBackendCache(open: (drivers: readonly CacheDriverDefinition[]) => Promise<OpenedCache>): BackendCache {
  let opening: Promise<OpenedCache> | undefined;
  let opened = (): OpenedCache => {
    throw new CacheError(
      'CACHE_UNSUPPORTED',
      opening
        ? 'The cache is being opened: plugins can ask for it'
        : 'This backend does not cache with Greenroom: add the feature @greenroom/cache-backstage to it, and no other cache service',
    );
  };
  return {
    open(drivers) {
      opening ??= open(drivers);
      opening.then(
        cache => (opened = () => cache),
        (error: unknown) => {
          opened = () => {
            throw error;
          };
        },
      );
      return opening;
    },
    opened: () => opened(),
  };
}
