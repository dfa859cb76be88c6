import { existsSync, readFileSync, readdirSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { rootFolder } from './pnpm.mjs';

/** The published packages: all folders in `packages/` that have a package.json. */
export function publishedPackages(repositoryFolder = rootFolder) {
  const packagesFolder = join(repositoryFolder, 'packages');
  return readdirSync(packagesFolder)
    .map(name => join(packagesFolder, name))
    .filter(folder => existsSync(join(folder, 'package.json')))
    .map(packageIn);
}

export function packageIn(path) {
  const folder = resolve(path);
  return { folder, manifest: JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8')) };
}
