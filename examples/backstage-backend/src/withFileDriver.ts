import { createBackend } from '@backstage/backend-defaults';
import { cacheServiceFactory } from '@greenroom/cache-backstage';
import { fileDriver } from '@greenroom/example-file-driver';

const backend = createBackend();

backend.add(cacheServiceFactory({ drivers: [fileDriver] }));
backend.add(import('./examplePlugin'));

await backend.start();
