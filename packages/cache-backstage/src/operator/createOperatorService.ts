import type { CacheOperatorService } from './cacheOperatorService';
import { listPage } from './listPage';
import type { OpenedCache } from './openedCache';
import { toPluginFigures } from './toPluginFigures';
import { toStatus } from './toStatus';

/** Stores that leave out some entries when they list them. */
const inexactStores = ['memcache'];

/** @param opened - Returns the cache; throws a `CacheError` while there is none. */
export function createOperatorService(opened: () => OpenedCache): CacheOperatorService {
  return {
    status: () => toStatus(opened()),

    async plugins() {
      const { figures, manager } = opened();
      return [...figures.plugins()].map(counts => toPluginFigures(counts, manager.figuresOf(counts.pluginId)));
    },

    async entries(plugin, options) {
      const { manager, store, instance } = opened();
      const page = await listPage(manager, plugin, options);
      const isApproximate = page.unreached !== undefined || inexactStores.includes(store);
      return { plugin, ...page, isApproximate, instance };
    },

    async clear(plugin) {
      const { manager, near, instance } = opened();
      // Only a store in the process has figures, which tell the scope; other stores are cleared for all processes. Read before the clear.
      const scope = manager.figuresOf(plugin) ? 'process' : 'store';
      const { entries, unreached = [] } = await manager.clear(plugin);
      const maxStalenessMs = near.maxStalenessOf(plugin);
      return {
        ...{ plugin, scope, instance },
        ...(entries !== undefined && { entries }),
        ...(maxStalenessMs !== undefined && { maxStalenessMs }),
        ...(unreached.length > 0 && { unreached }),
      };
    },
  };
}
