import type { NearCacheOptions } from './contract/nearCacheOptions';
import type { PluginPolicy } from './contract/pluginPolicy';
import { toMaxStalenessMs, toNearPolicy, toPluginNear } from './nearPolicy';

/** The options of the manager that decide which plugins have a near cache. */
export interface NearRules {
  /** For plugins without a `near` setting of their own. @defaultValue false */
  readonly near?: boolean | NearCacheOptions | undefined;
  /** Policies of single plugins, by plugin id. @defaultValue none */
  readonly plugins?: Readonly<Record<string, PluginPolicy>> | undefined;
}

/** Maximum staleness of what a plugin reads from its near cache, in ms; `undefined` for a plugin without one. Throws CACHE_CONFIG. */
export function maxStalenessOf({ near, plugins = {} }: NearRules, pluginId: string): number | undefined {
  const policy = Object.hasOwn(plugins, pluginId) ? plugins[pluginId] : undefined;
  if (policy?.enabled === false) return undefined;
  return toMaxStalenessMs(toNearPolicy(near), toPluginNear(`plugins.${pluginId}.near`, policy?.near));
}
