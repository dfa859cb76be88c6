import { createBackend } from '@backstage/backend-defaults';
import { startMetrics } from './startMetrics';
import { trafficPlugins } from './traffic/trafficPlugins';

// `METRICS_PORT=9464 npm start`
if (process.env.METRICS_PORT) await startMetrics(Number(process.env.METRICS_PORT));

const backend = createBackend();

backend.add(import('@greenroom/cache-backstage'));
// A custom driver, which `npm start -- --store file` chooses.
backend.add(import('@greenroom/example-file-driver'));
// The routes that the dashboard on the example's page requests.
backend.add(import('@greenroom/cache-plugin'));
backend.add(import('./examplePlugin'));
for (const plugin of trafficPlugins) backend.add(plugin);

await backend.start();
