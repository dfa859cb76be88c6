import type { CacheManager, CacheObserver, CacheStateChange } from '@greenroom/cache-core';
import { createNoopMeter, metrics } from '@opentelemetry/api';
import type { Attributes, Observable, ObservableCallback } from '@opentelemetry/api';
import type { BackendNear } from '../figures/backendNear';
import type { CacheFigures } from '../figures/cacheFigures';
import { countedSeries } from './countedSeries';
import type { Series } from './countedSeries';
import { createInstruments } from './instruments';
import { nearSeries } from './nearSeries';
import { createSampledHistogram } from './sampledHistogram';
import { createSample, createSampler } from './sampler';

const METER_NAME = '@greenroom/cache-backstage';
const STATES = ['available', 'read-only', 'unavailable'] as const;

/** The cache that is measured. */
export interface MeasuredCache {
  readonly store: string;
  /** The counts are read when metrics are collected: counting in the SDK would cost as much as recording a duration. */
  readonly figures: CacheFigures;
  /** Id of the backend instance; `undefined` where Backstage has none. */
  readonly instanceId: string | undefined;
}

/** Metrics of one cache. */
export interface CacheMetrics {
  readonly observer: CacheObserver;
  /**
   * Adds the metrics of what the manager and the near caches count. A manager is created with the observer, so it exists only afterwards.
   */
  readonly watch: (manager: Pick<CacheManager, 'connections' | 'figuresOf'>, near: BackendNear) => void;
  /** Removes the callbacks that report to the SDK. */
  readonly stop: () => void;
}

/**
 * OpenTelemetry metrics of a store. `undefined` when the application has not registered a meter provider yet: nothing would
 * read them.
 */
export function createMetricsObserver({ store, figures, instanceId }: MeasuredCache): CacheMetrics | undefined {
  const meter = metrics.getMeter(METER_NAME);
  if (meter === createNoopMeter()) return undefined;

  const instruments = createInstruments(meter);
  const shared: Attributes = { store, ...(instanceId !== undefined && { 'backstage.instance.id': instanceId }) };
  const sampler = createSampler();
  const durations = createSampledHistogram(instruments.operationDuration, sampler, (plugin, operation, result) => ({
    ...{ plugin, ...shared, operation, result },
  }));
  const loadDurations = createSampledHistogram(instruments.loadDuration, sampler, (plugin, result) => ({
    ...{ plugin, ...shared, result },
  }));
  const sizes = createSampledHistogram(instruments.valueSize, sampler, (plugin, operation) => ({
    ...{ plugin, ...shared, operation },
  }));
  const reads = createSample();
  let state: CacheStateChange['state'] = 'available';
  let manager: Pick<CacheManager, 'connections' | 'figuresOf'> | undefined;
  let nearCaches: BackendNear | undefined;

  const counted = (Object.keys(countedSeries) as (keyof typeof countedSeries)[]).map(name =>
    startReport(instruments[name], function* () {
      for (const counts of figures.plugins()) {
        for (const { attributes, value } of countedSeries[name](counts)) {
          yield { attributes: { plugin: counts.pluginId, ...shared, ...attributes }, value };
        }
      }
    }),
  );
  // Only a store in the process has these figures, by plugin.
  const held = (['entries', 'bytes', 'evictions', 'expiries'] as const).map(name =>
    startReport(instruments[name], function* () {
      for (const { pluginId } of figures.plugins()) {
        const found = manager?.figuresOf(pluginId);
        if (found) yield { attributes: { plugin: pluginId, ...shared }, value: found[name] };
      }
    }),
  );
  // Without any near cache, these instruments report nothing.
  const ofNear = (Object.keys(nearSeries) as (keyof typeof nearSeries)[]).map(name =>
    startReport(instruments[name], function* () {
      const found = nearCaches?.figures();
      if (!found) return;
      for (const { attributes, value } of nearSeries[name](found))
        yield { attributes: { ...shared, ...attributes }, value };
    }),
  );
  const reports = [
    ...counted,
    ...held,
    ...ofNear,
    startReport(instruments.storeState, () =>
      STATES.map(each => ({ attributes: { ...shared, state: each }, value: each === state ? 1 : 0 })),
    ),
    startReport(instruments.connections, () => {
      const value = manager?.connections();
      return value === undefined ? [] : [{ attributes: shared, value }];
    }),
  ];

  return {
    observer: {
      onOperation({ pluginId, operation, result, durationMs }) {
        // Operations that never reached the store would lower its latency.
        if (result !== 'bypass' && result !== 'near') durations.record(durationMs / 1000, pluginId, operation, result);
      },
      onStateChange(change) {
        state = change.state;
      },
      onValueSize({ bytes, pluginId, operation }) {
        sizes.record(bytes, pluginId, operation);
      },
      onReadBatch(batch) {
        if (sampler.takes(reads)) instruments.readBatchSize.record(batch.reads, shared);
      },
      onLoad({ pluginId, result, durationMs }) {
        loadDurations.record(durationMs / 1000, pluginId, result);
      },
    },
    watch(watched, near) {
      manager = watched;
      nearCaches = near;
    },
    stop() {
      sampler.stop();
      for (const endReport of reports) endReport();
    },
  };
}

/** Makes an instrument report these series whenever metrics are collected. Returns a function that ends this. */
function startReport(instrument: Observable, toSeries: () => Iterable<Series>): () => void {
  const report: ObservableCallback = result => {
    for (const { value, attributes } of toSeries()) result.observe(value, attributes);
  };
  instrument.addCallback(report);
  return () => instrument.removeCallback(report);
}
