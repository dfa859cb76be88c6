// What metrics cost an operation, over a driver that answers at once: node measureMetrics.mjs
import { execFileSync } from 'node:child_process';
import { cpus } from 'node:os';
import { fileURLToPath } from 'node:url';
import { coreServices, createBackendPlugin } from '@backstage/backend-plugin-api';
import { mockServices, startTestBackend } from '@backstage/backend-test-utils';
import { cacheServiceFactory } from '@greenroom/cache-backstage';
import { metrics } from '@opentelemetry/api';
import { AggregationTemporality, InMemoryMetricExporter, MeterProvider } from '@opentelemetry/sdk-metrics';
import { PeriodicExportingMetricReader } from '@opentelemetry/sdk-metrics';

const OPERATIONS = 200_000;
const ROUNDS = 15;
const self = fileURLToPath(import.meta.url);
const [mode] = process.argv.slice(2);

if (mode) console.log(JSON.stringify(await measure(mode)));
else compare();

/** Each in a process of its own, so that what one has made the compiler assume does not slow the other. */
function compare() {
  console.log(
    `ns per operation, best of ${ROUNDS} rounds of ${OPERATIONS}; Node ${process.version}, ${cpus()[0].model}`,
  );
  for (const each of ['without', 'with']) {
    const output = execFileSync(process.execPath, [self, each], { encoding: 'utf8' });
    const { get, set } = JSON.parse(output.trim().split('\n').at(-1));
    console.log(`${each} a meter provider: get ${get}, set ${set}`);
  }
}

async function measure(mode) {
  if (mode === 'with') {
    const exporter = new InMemoryMetricExporter(AggregationTemporality.CUMULATIVE);
    const reader = new PeriodicExportingMetricReader({ exporter, exportIntervalMillis: 1000 });
    metrics.setGlobalMeterProvider(new MeterProvider({ readers: [reader] }));
  }
  const { backend, cache } = await start();
  await cache.set('key', 'a value of some length');
  const get = await bestOf(() => cache.get('key'));
  const set = await bestOf(() => cache.set('key', 'a value of some length'));
  await backend.stop();
  await metrics.getMeterProvider().shutdown?.();
  return { get, set };
}

async function bestOf(operation) {
  let best = Infinity;
  for (let round = 0; round < ROUNDS; round++) {
    const before = process.cpuUsage();
    for (let count = 0; count < OPERATIONS; count++) await operation();
    // Of the processor, since others may use the machine meanwhile.
    const { user, system } = process.cpuUsage(before);
    best = Math.min(best, user + system);
  }
  return Math.round((best / OPERATIONS) * 1e3);
}

async function start() {
  const texts = new Map();
  const driver = {
    contractVersion: 1,
    store: 'instant',
    parseOptions: () => undefined,
    create: () => ({
      get: key => texts.get(key),
      set: (key, text) => void texts.set(key, text),
      delete: key => void texts.delete(key),
      close: async () => {},
    }),
  };
  let cache;
  const plugin = createBackendPlugin({
    pluginId: 'example',
    register(env) {
      env.registerInit({
        deps: { cache: coreServices.cache },
        async init(deps) {
          cache = deps.cache;
        },
      });
    },
  });
  const config = mockServices.rootConfig.factory({ data: { backend: { cache: { store: 'instant' } } } });
  const backend = await startTestBackend({ features: [cacheServiceFactory({ drivers: [driver] }), plugin, config] });
  return { backend, cache };
}
