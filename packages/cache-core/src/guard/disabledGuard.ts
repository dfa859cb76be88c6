import type { CacheObserver, CacheOperation } from '../contract/observer';
import type { PluginKeys } from '../keys/storedKey';
import type { DriverGuard } from './driverGuard';

/**
 * The guard of plugins whose cache is disabled: reads are misses, and writes end at once. Nothing is sent to the store, and nothing is kept
 * in the process instead.
 */
export function createDisabledGuard(store: string, observer: CacheObserver): DriverGuard {
  function bypass({ pluginId }: PluginKeys, operation: CacheOperation['operation']): undefined {
    observer.onOperation?.({ store, pluginId, operation, result: 'bypass', durationMs: 0 });
  }

  return {
    get: plugin => bypass(plugin, 'get'),
    getEntry: plugin => bypass(plugin, 'get'),
    set: plugin => bypass(plugin, 'set'),
    delete: (plugin, _key, operation = 'delete') => bypass(plugin, operation),
    clear: () => Promise.resolve(),
    hasLeases: false,
    takeLease: () => Promise.resolve(undefined),
    pollEntry: () => Promise.resolve('away'),
    isAway: false,
    mayRead: () => true,
    connections: () => undefined,
    close: () => Promise.resolve(),
  };
}
