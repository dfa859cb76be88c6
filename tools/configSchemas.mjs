import { readFile, writeFile } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { format, resolveConfig } from 'prettier';
import { publishedPackages } from './workspace.mjs';

// Writes the `config.schema.json` of every package that has one, from its build. With `--check` it fails when the existing file differs.
const isCheck = process.argv.includes('--check');
const load = ({ folder, manifest }) => import(pathToFileURL(join(folder, manifest.module)));
const packages = publishedPackages();
const { createCommonSchema, toConfigSchema } = await load(packages.find(({ folder }) => folder.endsWith('cache-core')));

for (const { folder, manifest } of packages.filter(({ manifest }) => manifest.configSchema)) {
  const name = basename(folder);
  // A package that is not a driver reads the options that all stores have.
  const { [`${name.replace('cache-', '')}Schema`]: schema } = await load({ folder, manifest });
  const content = schema ? toConfigSchema(schema) : createCommonSchema();
  const file = join(folder, manifest.configSchema);
  const json = await format(JSON.stringify(content, undefined, 2), { ...(await resolveConfig(file)), parser: 'json' });
  if (!isCheck) await writeFile(file, json);
  else if (json !== (await readFile(file, 'utf8'))) {
    throw new Error(`${manifest.configSchema} of ${name} does not show its options: npm run fix:schemas`);
  }
}
