import { createCache } from 'cache-manager';
import { Keyv } from 'keyv';
import type { OpenSubject } from '../openSubject';
import { toKeyvStore } from './toKeyvStore';

export const openCacheManager: OpenSubject = (store, { connection }) => {
  const adapter = toKeyvStore(store, connection);
  const cache = createCache({ stores: [adapter ? new Keyv({ store: adapter }) : new Keyv()] });
  return {
    cacheOf: () => cache,
    readThrough: (_cache, ttlMs) => (key, load) => cache.wrap(key, load, ttlMs),
  };
};
