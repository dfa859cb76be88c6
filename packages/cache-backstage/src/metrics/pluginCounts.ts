import type { Attributes } from '@opentelemetry/api';

/** What an instrument shows under the same attributes. */
export interface Series {
  readonly attributes: Attributes;
  value: number;
}

/** Counts by plugin and result. All results of a plugin are there, from zero, when one is. */
export interface PluginCounts<Result extends string> {
  of(pluginId: string, result: Result): Series;
  all(): Iterable<Series>;
}

export function createPluginCounts<Result extends string>(
  store: string,
  results: readonly Result[],
): PluginCounts<Result> {
  const plugins = new Map<string, Map<string, Series>>();

  const add = (pluginId: string, result: string): Series => {
    const series = { attributes: { plugin: pluginId, store, result }, value: 0 };
    const ofPlugin = plugins.get(pluginId) ?? new Map<string, Series>();
    plugins.set(pluginId, ofPlugin.set(result, series));
    return series;
  };

  return {
    of(pluginId, result) {
      const found = plugins.get(pluginId)?.get(result);
      if (found) return found;
      if (!plugins.has(pluginId)) for (const each of results) add(pluginId, each);
      // Another version of core may have results that this one does not know.
      return plugins.get(pluginId)?.get(result) ?? add(pluginId, result);
    },
    *all() {
      for (const ofPlugin of plugins.values()) yield* ofPlugin.values();
    },
  };
}
