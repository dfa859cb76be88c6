import { cleanUp } from '@greenroom/test-servers/cleanUp';
import { metrics } from '@opentelemetry/api';
import type { Attributes } from '@opentelemetry/api';
import {
  AggregationTemporality,
  InMemoryMetricExporter,
  MeterProvider,
  PeriodicExportingMetricReader,
} from '@opentelemetry/sdk-metrics';
import type { DataPoint, Histogram, MetricData } from '@opentelemetry/sdk-metrics';

/** The metrics collected at one moment. */
export interface CollectedMetrics {
  readonly metrics: readonly MetricData[];
  /** The value of a counter or gauge: the sum of the points with these attributes, `undefined` if there are none. */
  valueOf(name: string, attributes?: Attributes): number | undefined;
  /** The points of a histogram. */
  histogramsOf(name: string): readonly DataPoint<Histogram>[];
}

/** Registers a metrics SDK for this test, as an application does before its backend starts. */
export function recordMetrics(): () => Promise<CollectedMetrics> {
  const exporter = new InMemoryMetricExporter(AggregationTemporality.CUMULATIVE);
  const reader = new PeriodicExportingMetricReader({ exporter, exportIntervalMillis: 3_600_000 });
  const provider = new MeterProvider({ readers: [reader] });
  metrics.setGlobalMeterProvider(provider);
  cleanUp(async () => {
    metrics.disable();
    await provider.shutdown();
  });
  return async () => {
    exporter.reset();
    await reader.forceFlush();
    return toCollected(exporter.getMetrics().flatMap(each => each.scopeMetrics.flatMap(scope => scope.metrics)));
  };
}

function toCollected(collected: readonly MetricData[]): CollectedMetrics {
  const pointsOf = (name: string) => collected.find(({ descriptor }) => descriptor.name === name)?.dataPoints ?? [];
  return {
    metrics: collected,
    valueOf(name, attributes = {}) {
      const values = pointsOf(name)
        .filter(point => Object.entries(attributes).every(([key, value]) => point.attributes[key] === value))
        .map(({ value }) => (typeof value === 'number' ? value : value.count));
      return values.length === 0 ? undefined : values.reduce((sum, value) => sum + value);
    },
    histogramsOf: name => pointsOf(name) as DataPoint<Histogram>[],
  };
}
