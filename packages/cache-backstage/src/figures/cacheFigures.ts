import type { CacheObserver } from '@greenroom/cache-core';
import { countLease, countLoad, countLookup, countOperation, createPluginCounts } from './pluginCounts';
import type { PluginCounts } from './pluginCounts';

/** Counts of all plugins that have used the cache. Operators and metrics read them; nothing resets them. */
export interface CacheFigures {
  readonly observer: CacheObserver;
  /** In the order in which they first used the cache. */
  plugins(): Iterable<PluginCounts>;
  /** `undefined` for a plugin that has not used it. */
  find(pluginId: string): PluginCounts | undefined;
}

/** @param hasNear - Whether a plugin has a near cache. */
export function createCacheFigures(hasNear: (pluginId: string) => boolean): CacheFigures {
  const plugins = new Map<string, PluginCounts>();

  const of = (pluginId: string): PluginCounts => {
    const found = plugins.get(pluginId);
    if (found) return found;
    const added = createPluginCounts(pluginId, hasNear);
    plugins.set(pluginId, added);
    return added;
  };

  return {
    observer: {
      onOperation(operation) {
        countOperation(of(operation.pluginId), operation);
      },
      onSetWithoutTtl({ pluginId }) {
        of(pluginId).setsWithoutTtl++;
      },
      onLookup(lookup) {
        countLookup(of(lookup.pluginId), lookup);
      },
      onLoad(load) {
        countLoad(of(load.pluginId), load);
      },
      onLease(lease) {
        countLease(of(lease.pluginId), lease);
      },
    },
    plugins: () => plugins.values(),
    find: pluginId => plugins.get(pluginId),
  };
}
