import { join } from 'node:path';
import { makeExampleDriver } from './makeExampleDriver.mjs';
import { rootFolder } from './pnpm.mjs';

const [store, ...others] = process.argv.slice(2);
const path = `examples/${store}-driver`;
try {
  if (store === undefined || others.length > 0) throw new Error('Usage: pnpm new-driver <store>');
  await makeExampleDriver(store, join(rootFolder, path));
  console.log(`${path} has a driver for a server called ${store}, and such a server for its tests. Next:

  pnpm install
  npx jest ${path}

When the tests are green, put your client in: README.md says where.`);
} catch (error) {
  console.error(error.stderr?.trim() || error.message);
  process.exitCode = 1;
}
