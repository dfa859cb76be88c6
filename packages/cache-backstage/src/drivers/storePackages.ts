import { assertDriverDefinition, CacheError } from '@greenroom/cache-core';
import type { CacheDriverDefinition } from '@greenroom/cache-core';

/** Loads the driver of each store from its package, only when the configuration names the store. */
const loaders = new Map<string, () => Promise<CacheDriverDefinition>>([
  ['memory', async () => (await import('@greenroom/cache-memory')).memoryDriver],
  ['memcache', async () => (await import('@greenroom/cache-memcache')).memcacheDriver],
  ['redis', async () => (await import('@greenroom/cache-redis')).redisDriver],
  ['valkey', async () => (await import('@greenroom/cache-valkey')).valkeyDriver],
]);

/** Names of the stores that Greenroom has a package for, installed or not. */
export const ownStores: readonly string[] = [...loaders.keys()];

/**
 * The driver of one of {@link ownStores}, `undefined` for another name. Throws CACHE_DRIVER_MISSING when its package is not
 * installed.
 */
export async function loadOwnDriver(store: string): Promise<CacheDriverDefinition | undefined> {
  const load = loaders.get(store);
  return load && loadPackage(store, load);
}

async function loadPackage(store: string, load: () => Promise<CacheDriverDefinition>): Promise<CacheDriverDefinition> {
  const packageName = `@greenroom/cache-${store}`;
  let driver: CacheDriverDefinition;
  try {
    driver = await load();
  } catch (error) {
    if (!isMissing(packageName, error)) throw error;
    throw new CacheError(
      'CACHE_DRIVER_MISSING',
      `The cache store '${store}' needs the package ${packageName}, which is not installed. ` +
        `Add it to the backend, for example: yarn --cwd packages/backend add ${packageName}`,
    );
  }
  try {
    assertDriverDefinition(driver);
  } catch (error) {
    const { message } = error as CacheError;
    throw new CacheError(
      'CACHE_CONFIG',
      `The installed package ${packageName} does not fit this @greenroom/cache-backstage: ${message}`,
    );
  }
  return driver;
}

/** Whether this package itself is missing, rather than one of its dependencies. */
function isMissing(packageName: string, error: unknown): boolean {
  if (!(error instanceof Error) || !('code' in error)) return false;
  const notFound = error.code === 'MODULE_NOT_FOUND' || error.code === 'ERR_MODULE_NOT_FOUND';
  // The messages of Node and of Yarn's Plug'n'Play.
  return (
    notFound && new RegExp(`(?:module|package) ['"]${packageName}['"]|to access ${packageName} `).test(error.message)
  );
}
