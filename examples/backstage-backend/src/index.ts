import { createBackend } from '@backstage/backend-defaults';
import { startMetrics } from './startMetrics';

// `METRICS_PORT=9464 npm start`
if (process.env.METRICS_PORT) await startMetrics(Number(process.env.METRICS_PORT));

const backend = createBackend();

backend.add(import('@greenroom/cache-backstage'));
// A custom driver, which `npm start -- --store file` chooses.
backend.add(import('@greenroom/example-file-driver'));
backend.add(import('./examplePlugin'));

await backend.start();
