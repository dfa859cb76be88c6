import { CacheError } from '@greenroom/cache-core';
import type { CacheDriverDefinition } from '@greenroom/cache-core';
import { loadOwnDriver, ownStores } from './storePackages';

/** Version of the driver contract that the core of this package speaks. */
const CONTRACT_VERSION: CacheDriverDefinition['contractVersion'] = 1;

/**
 * The driver for a store: one that was added, else that of the package of the store. Throws CACHE_CONFIG when nothing has
 * that name, or something that was added cannot be used; CACHE_DRIVER_MISSING when the package is not installed.
 */
export async function findDriver(
  store: string,
  added: readonly CacheDriverDefinition[],
): Promise<CacheDriverDefinition> {
  // A driver that is added by hand and found by feature discovery as well is one driver.
  const drivers = [...new Set(added)];
  const problems = [...findDuplicates(drivers), ...findOtherVersions(drivers)];
  if (problems.length > 0) throw new CacheError('CACHE_CONFIG', `${problems.join('. ')}. ${listKnown(drivers)}`);
  const driver = drivers.find(candidate => candidate.store === store) ?? (await loadOwnDriver(store));
  if (driver) return driver;
  // What is no name may be an address, with a password, that got into the wrong place.
  const shown = /^[\w.@/-]{1,64}$/.test(store) ? ` '${store}'` : '';
  throw new CacheError(
    'CACHE_CONFIG',
    `Unknown cache store${shown} in 'backend.cache'. ${listKnown(drivers)}. ` +
      "For another store, add the package of its driver to the backend: backend.add(import('the-package'))",
  );
}

function findDuplicates(drivers: readonly CacheDriverDefinition[]): string[] {
  const names = drivers.map(({ store }) => store);
  const repeated = new Set(names.filter((name, index) => names.indexOf(name) !== index));
  return [...repeated].map(name => `Two cache drivers are called '${name}': remove one of them from the backend`);
}

function findOtherVersions(drivers: readonly CacheDriverDefinition[]): string[] {
  return drivers
    .filter(({ contractVersion }) => contractVersion !== CONTRACT_VERSION)
    .map(
      ({ store, contractVersion }) =>
        `The cache driver '${store}' was written for version ${String(contractVersion)} of the driver contract, and ` +
        `this @greenroom/cache-backstage has version ${CONTRACT_VERSION}: install releases of the two that fit`,
    );
}

function listKnown(drivers: readonly CacheDriverDefinition[]): string {
  const added = [...new Set(drivers.map(({ store }) => store))].filter(store => !ownStores.includes(store)).sort();
  const own = [...ownStores].sort().join(', ');
  return `Known stores: ${own}; ${added.length > 0 ? `added by drivers: ${added.join(', ')}` : 'no driver was added'}`;
}
