import { createBackend } from '@backstage/backend-defaults';

const backend = createBackend();

backend.add(import('@greenroom/cache-backstage'));
backend.add(import('./examplePlugin'));

await backend.start();
