import { execFile } from 'node:child_process';
import { readFile, readdir, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { format, resolveConfig } from 'prettier';
import { rootFolder } from './pnpm.mjs';

const creator = join(rootFolder, 'packages/create-cache-driver/dist/index.js');

/** Settings of a package in this repository, in place of complete ones of its own. */
const sharedSettings = {
  'tsconfig.json': JSON.stringify({ extends: '../../tsconfig.base.json', include: ['src'] }),
  'tsup.config.ts': `export { default } from '../../tsup.base';\n`,
};

/** Incremental like all packages of this repository, so a second run is quicker. */
const typecheck = 'tsc -p . --incremental --tsBuildInfoFile node_modules/.cache/tsconfig.tsbuildinfo';

/**
 * Makes an example driver in a folder: the package that the built `@greenroom/create-cache-driver` makes, but with the tools and the
 * settings of this repository.
 */
export async function makeExampleDriver(store, folder) {
  await promisify(execFile)(process.execPath, [creator, store, folder]);
  const ownSettings = ['.gitignore', 'jest.config.mjs', 'pnpm-workspace.yaml'];
  for (const name of ownSettings) await rm(join(folder, name), { force: true });
  for (const [name, text] of Object.entries(sharedSettings)) await writeFile(join(folder, name), text);
  const made = JSON.parse(await readFile(join(folder, 'package.json'), 'utf8'));
  const manifest = toExampleManifest(store, made);
  await writeFile(join(folder, 'package.json'), JSON.stringify(manifest, undefined, 2));
  const readme = await readFile(join(folder, 'README.md'), 'utf8');
  await writeFile(join(folder, 'README.md'), readme.replaceAll(made.name, manifest.name));
  await formatAll(folder);
}

function toExampleManifest(store, { description, backstage, type, main, types, exports, engines, ...made }) {
  const jest = (...options) => [
    'jest',
    `--selectProjects=${store}-driver`,
    ...options,
    '--config=../../jest.config.mjs',
  ];
  return {
    name: `@greenroom/example-${store}-driver`,
    version: '0.0.0',
    private: true,
    description,
    license: 'Apache-2.0',
    author: 'Greenroom maintainers',
    ...{ backstage, type, main, types, exports, engines },
    scripts: {
      build: made.scripts.build,
      'build:code': `${made.scripts.build} --no-dts`,
      typecheck,
      lint: 'eslint .',
      test: jest().join(' '),
      'test:watch': jest('--watch').join(' '),
      schema: made.scripts.schema,
    },
    configSchema: made.configSchema,
    dependencies: made.dependencies,
  };
}

/** Formats all files as `npm run fix` would. The schema is left as its script writes it. */
async function formatAll(folder) {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true });
  const options = await resolveConfig(join(rootFolder, 'package.json'));
  for (const entry of entries.filter(each => each.isFile() && each.name !== 'config.schema.json')) {
    const file = join(entry.parentPath, entry.name);
    await writeFile(file, await format(await readFile(file, 'utf8'), { ...options, filepath: file }));
  }
}
