import { assertDriverDefinition, CacheError } from '@greenroom/cache-core';
import type { CacheDriverDefinition } from '@greenroom/cache-core';
import { loadOwnDriver, ownStores } from './storePackages';

/**
 * Finds the driver of a store: one that was added to the backend, otherwise the one in the package of the store. Throws CACHE_CONFIG when
 * no driver has that name or an added one is invalid, and CACHE_DRIVER_MISSING when the package is not installed.
 *
 * @param path - The configuration key that names the store, for messages.
 */
export async function findDriver(
  store: string,
  added: readonly unknown[],
  path = 'backend.cache.store',
): Promise<CacheDriverDefinition> {
  // A driver may be added in code and found again by feature discovery: that is no conflict.
  const definitions = [...new Set(added)];
  const { drivers, problems } = check(definitions);
  problems.push(...findDuplicates(drivers));
  const known = listKnown(definitions);
  if (problems.length > 0) throw new CacheError('CACHE_CONFIG', `${problems.join('. ')}. ${known}`);
  const driver = drivers.find(candidate => candidate.store === store) ?? (await loadOwnDriver(store));
  if (driver) return driver;
  // Any other text may be an address with a password in the wrong place, so it is not shown.
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

/** The name of an added driver, also of an invalid one: its author looks for it in this message. */
function toName(definition: unknown): string | undefined {
  try {
    const { store } = definition as CacheDriverDefinition;
    return /^[\w-]{1,64}$/.test(store) ? store : undefined;
  } catch {
    return undefined;
  }
}
