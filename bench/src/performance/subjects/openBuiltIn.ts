import type { CacheService } from '@backstage/backend-plugin-api';
import { openSubject } from '../../guarantees/openSubject';
import type { OpenSubject } from '../openSubject';

/** The cache of `@backstage/backend-defaults`, as plugins of a backend get it. */
export const openBuiltIn: OpenSubject = (store, { connection }) => {
  const opened = openSubject('built-in', store, connection);
  return {
    cacheOf: pluginId => opened.forPlugin(pluginId),
    // The built-in cache has no method for this, so plugins do it by hand.
    readThrough(cache, ttlMs) {
      const service = cache as CacheService;
      return async (key, load) => {
        const found = await service.get(key);
        if (found !== undefined) return found;
        const value = await load();
        await service.set(key, value, { ttl: ttlMs });
        return value;
      };
    },
  };
};
