import { extendCache } from '@greenroom/cache-core';

/**
 * What a plugin would have: names of users, asked for once an hour, and the old name at once while it is asked for anew.
 *
 * @param {import('@greenroom/cache-core').CacheService} cache
 * @param {(id: string) => Promise<string>} fetchName
 */
export function createUserNames(cache, fetchName) {
  const extended = extendCache(cache);
  return {
    /** @param {string} id */
    find: id => extended.getOrSet(`name:${id}`, () => fetchName(id), { ttl: '1h', staleTtl: '1d' }),
  };
}
