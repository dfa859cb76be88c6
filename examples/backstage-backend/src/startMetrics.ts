import { metrics } from '@opentelemetry/api';
import { PrometheusExporter } from '@opentelemetry/exporter-prometheus';
import { MeterProvider } from '@opentelemetry/sdk-metrics';

/**
 * Serves the metrics of this process at `/metrics`, on a port that only this machine can reach. Must be called before the backend starts,
 * as services look for a meter provider at their start. Resolves to a function that stops it.
 */
export async function startMetrics(port: number): Promise<() => Promise<void>> {
  const exporter = new PrometheusExporter({ host: '127.0.0.1', port, preventServerStart: true });
  await exporter.startServer();
  const provider = new MeterProvider({ readers: [exporter] });
  metrics.setGlobalMeterProvider(provider);
  return () => provider.shutdown();
}
