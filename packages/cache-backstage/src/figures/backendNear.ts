import { maxStalenessOf } from '@greenroom/cache-core';
import type { CacheManager, NearFigures, NearRules } from '@greenroom/cache-core';

/** The near caches of a backend. */
export interface BackendNear {
  /** Largest age of a value that a plugin reads, in ms; `undefined` for a plugin without a near cache. */
  maxStalenessOf(pluginId: string): number | undefined;
  /** What the near caches hold and have done; `undefined` when no plugin can have one. */
  figures(): NearFigures | undefined;
}

/** @param rules - The configured near caches, for all plugins and for single ones. */
export function createBackendNear(manager: CacheManager, rules: NearRules): BackendNear {
  // A store in the process has no near cache. Such a store has figures for every plugin id, even an unused one. If it cannot count, core
  // recognizes it by its synchronous answers.
  const isCounting = manager.figuresOf('greenroom') !== undefined;
  const figures = () => (isCounting ? undefined : manager.nearFigures());
  return {
    maxStalenessOf: pluginId => figures() && maxStalenessOf(rules, pluginId),
    figures,
  };
}
