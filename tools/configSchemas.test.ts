import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { promisify } from 'node:util';

it('the schema in each package is the one that is written down once', async () => {
  await promisify(execFile)(process.execPath, [join(__dirname, 'configSchemas.mjs'), '--check']);
});
