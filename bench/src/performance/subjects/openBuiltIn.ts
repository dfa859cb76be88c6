import type { CacheService } from '@backstage/backend-plugin-api';
import { openSubject } from '../../guarantees/openSubject';
import type { OpenSubject } from '../openSubject';

/** The cache of `@backstage/backend-defaults`, in a backend as plugins see it. */
export const openBuiltIn: OpenSubject = (store, { connection }) => {
  const opened = openSubject('built-in', store, connection);
  return {
    cacheOf: pluginId => opened.forPlugin(pluginId),
    // By hand, as plugins do.
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
