import { assertDriverDefinition, CacheError } from '@greenroom/cache-core';
import type { CacheDriverDefinition } from '@greenroom/cache-core';
import { loadOwnDriver, ownStores } from './storePackages';

/**
 * The driver for a store: one that was added, else that of the package of the store. Throws CACHE_CONFIG when nothing has
 * that name, or something that was added cannot be used; CACHE_DRIVER_MISSING when the package is not installed.
 *
 * @param path - Where the configuration names it.
 */
export async function findDriver(
  store: string,
  added: readonly unknown[],
  path = 'backend.cache.store',
): Promise<CacheDriverDefinition> {
  // A driver that is added by hand and found by feature discovery as well is one driver.
  const definitions = [...new Set(added)];
  const { drivers, problems } = check(definitions);
  problems.push(...findDuplicates(drivers));
  const known = listKnown(definitions);
  if (problems.length > 0) throw new CacheError('CACHE_CONFIG', `${problems.join('. ')}. ${known}`);
  const driver = drivers.find(candidate => candidate.store === store) ?? (await loadOwnDriver(store));
  if (driver) return driver;
  // What is no name may be an address, with a password, that got into the wrong place.
  const shown = /^[\w.@/-]{1,64}$/.test(store) ? ` '${store}'` : '';
  throw new CacheError(
    'CACHE_CONFIG',
    `Unknown cache store${shown} in '${path}'. ${known}. ` +
      "For another store, add the package of its driver to the backend: backend.add(import('the-package'))",
  );
}

function check(added: readonly unknown[]) {
  const drivers: CacheDriverDefinition[] = [];
  const problems: string[] = [];
  for (const definition of added) {
    try {
      assertDriverDefinition(definition);
      drivers.push(definition);
    } catch (error) {
      problems.push((error as CacheError).message);
    }
  }
  return { drivers, problems };
}

function findDuplicates(drivers: readonly CacheDriverDefinition[]): string[] {
  const names = drivers.map(({ store }) => store);
  const repeated = new Set(names.filter((name, index) => names.indexOf(name) !== index));
  return [...repeated].map(name => `Two cache drivers are called '${name}': remove one of them from the backend`);
}

function listKnown(definitions: readonly unknown[]): string {
  const names = definitions.map(toName).filter(name => name !== undefined);
  const added = [...new Set(names)].filter(name => !ownStores.includes(name)).sort();
  const own = [...ownStores].sort().join(', ');
  return `Known stores: ${own}; ${added.length > 0 ? `added by drivers: ${added.join(', ')}` : 'no driver was added'}`;
}

/** Also of a driver that cannot be used, which whoever looks for it has to find here. */
function toName(definition: unknown): string | undefined {
  try {
    const { store } = definition as CacheDriverDefinition;
    return /^[\w-]{1,64}$/.test(store) ? store : undefined;
  } catch {
    return undefined;
  }
}
