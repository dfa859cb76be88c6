import { maxStalenessOf } from '@greenroom/cache-core';
import type { CacheManager, NearFigures, NearRules } from '@greenroom/cache-core';

/** The near caches of a backend. */
export interface BackendNear {
  /** How old what a plugin reads may be, in ms; `undefined` for one without a near cache. */
  maxStalenessOf(pluginId: string): number | undefined;
  /** What they hold and have done; `undefined` when no plugin can have one. */
  figures(): NearFigures | undefined;
}

/** @param rules - What is configured, for all plugins and for single ones. */
export function createBackendNear(manager: CacheManager, rules: NearRules): BackendNear {
  // A store in the process counts what each plugin has, also one that has nothing. One that cannot count is recognized by its answers.
  const isCounting = manager.figuresOf('greenroom') !== undefined;
  const figures = () => (isCounting ? undefined : manager.nearFigures());
  return {
    maxStalenessOf: pluginId => figures() && maxStalenessOf(rules, pluginId),
    figures,
  };
}
