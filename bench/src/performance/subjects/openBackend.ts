import { randomUUID } from 'node:crypto';
import { createServiceFactory, coreServices } from '@backstage/backend-plugin-api';
import type { LoggerService } from '@backstage/backend-plugin-api';
import { mockServices, ServiceFactoryTester } from '@backstage/backend-test-utils';
import { cacheServiceFactory } from '@greenroom/cache-backstage';
import { metrics } from '@opentelemetry/api';
import { AggregationTemporality, InMemoryMetricExporter, MeterProvider } from '@opentelemetry/sdk-metrics';
import { PeriodicExportingMetricReader } from '@opentelemetry/sdk-metrics';
import type { OpenSubject } from '../openSubject';
import { createInstantDriver } from './openCore';

const silent: LoggerService = { error() {}, warn() {}, info() {}, debug() {}, child: () => silent };

/** Measures core as the cache service of a backend without metrics. */
export const openBackend: OpenSubject = () => {
  const driver = createInstantDriver();
  const tester = ServiceFactoryTester.from(cacheServiceFactory({ drivers: [driver] }), {
    dependencies: [
      mockServices.rootConfig.factory({ data: { backend: { cache: { store: driver.store } } } }),
      // Each metric has this id as an attribute.
      createServiceFactory({
        service: coreServices.rootInstanceMetadata,
        deps: {},
        factory: () => ({ getId: () => randomUUID(), getInstalledPlugins: async () => [] }),
      }),
      createServiceFactory({ service: coreServices.rootLogger, deps: {}, factory: () => silent }),
    ],
  });
  return { cacheOf: pluginId => tester.getSubject(pluginId) };
};

/** The same in a backend with metrics. */
export const openBackendWithMetrics: OpenSubject = (store, access) => {
  const exporter = new InMemoryMetricExporter(AggregationTemporality.CUMULATIVE);
  const reader = new PeriodicExportingMetricReader({ exporter, exportIntervalMillis: 1000 });
  metrics.setGlobalMeterProvider(new MeterProvider({ readers: [reader] }));
  return openBackend(store, access);
};
