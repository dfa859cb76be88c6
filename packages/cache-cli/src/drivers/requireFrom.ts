import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';

/** Loads a package from the first folder in which it can be resolved. Returns `undefined` when there is none. */
export function requireFrom(folders: readonly string[], packageName: string): unknown {
  for (const folder of folders) {
    const require = requireIn(folder);
    const path = resolveBy(require, packageName);
    if (path !== undefined) return require(path);
  }
  return undefined;
}

/** The folder of a package, resolved from the first folder in which that is possible; `undefined` when there is none. */
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
    // Another folder may have the package.
    return undefined;
  }
}
