import { createBackend } from '@backstage/backend-defaults';

const backend = createBackend();

backend.add(import('@greenroom/cache-backstage'));
// A driver of one's own, which `npm start -- --store file` chooses.
backend.add(import('@greenroom/example-file-driver'));
backend.add(import('./examplePlugin'));

await backend.start();
