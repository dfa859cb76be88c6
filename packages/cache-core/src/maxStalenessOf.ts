import type { NearCacheOptions } from './contract/nearCacheOptions';
import type { PluginPolicy } from './contract/pluginPolicy';
import { toMaxStalenessMs, toNearPolicy, toPluginNear } from './nearPolicy';

/** What a host sets of near caches: the options of the manager that say which plugins have one. */
export interface NearRules {
  /** Of plugins that do not say it themselves. @defaultValue false */
  readonly near?: boolean | NearCacheOptions | undefined;
  /** Policies of single plugins, by plugin id. @defaultValue none */
  readonly plugins?: Readonly<Record<string, PluginPolicy>> | undefined;
}

/** How old what a plugin reads may be by its near cache, in ms; `undefined` for one without. Throws CACHE_CONFIG. */
export function maxStalenessOf({ near, plugins = {} }: NearRules, pluginId: string): number | undefined {
  const policy = Object.hasOwn(plugins, pluginId) ? plugins[pluginId] : undefined;
  if (policy?.enabled === false) return undefined;
  return toMaxStalenessMs(toNearPolicy(near), toPluginNear(`plugins.${pluginId}.near`, policy?.near));
}
