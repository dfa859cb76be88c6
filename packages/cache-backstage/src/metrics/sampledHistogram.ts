import type { Attributes, Histogram } from '@opentelemetry/api';
import { createSample } from './sampler';
import type { Sample, Sampler } from './sampler';

/** A histogram of the SDK. The attributes of a series are created only once. */
export interface SampledHistogram {
  /** Records a value, or skips it. Each combination of a plugin and one or two names is a series. */
  record(value: number, pluginId: string, first: string, second?: string): void;
}

interface Series extends Sample {
  readonly attributes: Attributes;
}

/** @param toAttributes - Called once for each series. */
export function createSampledHistogram(
  histogram: Histogram,
  sampler: Sampler,
  toAttributes: (pluginId: string, first: string, second: string) => Attributes,
): SampledHistogram {
  // These maps stay small, as keys of the cache are not an attribute.
  const plugins = new Map<string, Map<string, Map<string, Series>>>();

  const add = (pluginId: string, first: string, second: string): Series => {
    const series = { ...createSample(), attributes: toAttributes(pluginId, first, second) };
    tableOf(tableOf(plugins, pluginId), first).set(second, series);
    return series;
  };

  return {
    record(value, pluginId, first, second = '') {
      const series = plugins.get(pluginId)?.get(first)?.get(second) ?? add(pluginId, first, second);
      if (sampler.takes(series)) histogram.record(value, series.attributes);
    },
  };
}

/** The table of this name, added if missing. */
function tableOf<Value>(tables: Map<string, Map<string, Value>>, name: string): Map<string, Value> {
  const table = tables.get(name) ?? new Map<string, Value>();
  tables.set(name, table);
  return table;
}
