import { join } from 'node:path';
import { assertDriverDefinition, CacheError } from '@greenroom/cache-core';
import type { CacheDriverDefinition } from '@greenroom/cache-core';
import { findPackageFolder, requireFrom } from './requireFrom';

/** Where to look for drivers. */
export interface DriverPlaces {
  /** Package, or path of a module, that exports the driver. @defaultValue the package of Greenroom for the store */
  readonly packageName?: string | undefined;
  /** Folder in which the program was started. */
  readonly cwd: string;
  /** Root of the app. */
  readonly appFolder: string;
}

/** Names of the stores that Greenroom has a package for. */
const ownStores = ['memcache', 'memory', 'redis', 'valkey'];

/**
 * Loads the driver of the store from a package that is installed in the app. Looks in the folder in which the program was started, in that
 * of the backend, in the root, beside the adapter, and beside this program. Throws CACHE_CONFIG, or CACHE_DRIVER_MISSING, which names the
 * package and how to add it.
 */
export function findDriver(store: string, { packageName, cwd, appFolder }: DriverPlaces): CacheDriverDefinition {
  if (packageName === undefined && !ownStores.includes(store)) throw toUnknownStoreError(store);
  const wanted = packageName ?? `@greenroom/cache-${store}`;
  const appFolders = [cwd, join(appFolder, 'packages/backend'), appFolder];
  const adapterFolder = findPackageFolder(appFolders, '@greenroom/cache-backstage');
  const exported = load([...appFolders, ...(adapterFolder === undefined ? [] : [adapterFolder]), __dirname], wanted);
  if (exported === undefined) {
    throw new CacheError(
      'CACHE_DRIVER_MISSING',
      `The cache store '${store}' needs the package ${wanted}, which is not installed here: run this in the folder of the ` +
        `backend that has it, or add it, for example: yarn --cwd packages/backend add ${wanted}`,
    );
  }
  const definitions = toDefinitions(exported);
  const driver = definitions.find(each => each.store === store);
  if (driver) {
    assertDriverDefinition(driver);
    return driver;
  }
  const found = definitions.map(each => `'${each.store}'`).join(', ');
  throw new CacheError(
    'CACHE_CONFIG',
    `The package ${wanted} exports ${found === '' ? 'no driver' : `the driver ${found}`}, and not the one of the store '${store}' ` +
      "that 'backend.cache' names: give the package that does by --driver-package NAME",
  );
}

function toUnknownStoreError(store: string): CacheError {
  // Any other text may be an address with a password in the wrong place, so it is not shown.
  const shown = /^[\w-]{1,64}$/.test(store) ? ` '${store}'` : '';
  return new CacheError(
    'CACHE_CONFIG',
    `The cache store${shown} in 'backend.cache' is not one of Greenroom's: ${ownStores.join(', ')}. ` +
      'Name the package of its driver by --driver-package NAME',
  );
}

function load(folders: readonly string[], packageName: string): unknown {
  try {
    return requireFrom(folders, packageName);
  } catch (error) {
    const reason = error instanceof Error ? error.message.split('\n')[0] : '';
    throw new CacheError('CACHE_CONFIG', `The package ${packageName} cannot be loaded: ${reason}`);
  }
}

/** Returns all exports that look like a driver, whatever the version of their contract. */
function toDefinitions(exported: unknown): CacheDriverDefinition[] {
  if (typeof exported !== 'object' || exported === null) return [];
  const candidates = [exported, ...(Object.values(exported) as unknown[])] as readonly Partial<CacheDriverDefinition>[];
  return candidates.filter(
    (each): each is CacheDriverDefinition => typeof each?.store === 'string' && typeof each.create === 'function',
  );
}
