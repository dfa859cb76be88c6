import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';

/** Loads the package from the first of the folders that it can be found from. `undefined` when it is in none. */
export function requireFrom(folders: readonly string[], packageName: string): unknown {
  for (const folder of folders) {
    const require = requireIn(folder);
    const path = resolveBy(require, packageName);
    if (path !== undefined) return require(path);
  }
  return undefined;
}

/** The folder of a package, seen from the first of the folders that it can be found from. */
export function findPackageFolder(folders: readonly string[], packageName: string): string | undefined {
  for (const folder of folders) {
    const path = resolveBy(requireIn(folder), `${packageName}/package.json`);
    if (path !== undefined) return dirname(path);
  }
  return undefined;
}

function requireIn(folder: string): NodeJS.Require {
  return createRequire(join(folder, 'package.json'));
}

function resolveBy(require: NodeJS.Require, specifier: string): string | undefined {
  try {
    return require.resolve(specifier);
  } catch {
    // Each of the folders may be the one that has it.
    return undefined;
  }
}
