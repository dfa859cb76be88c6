import { CacheError } from '@greenroom/cache-core';

/** @type {import('@greenroom/cache-core').CacheDriverDefinition<{}>} */
export const tinyDriver = {
  contractVersion: 1,
  store: 'tiny',
  parseOptions: () => ({}),
  create() {
    /** @type {Map<string, { value: string, expiresAtMs: number }> | undefined} */
    let entries = new Map();
    const open = () => {
      if (entries) return entries;
      throw new CacheError('CACHE_CLOSED', 'The tiny store is closed');
    };
    return {
      async get(key) {
        const entry = open().get(key);
        return entry && entry.expiresAtMs > Date.now() ? entry.value : undefined;
      },
      async set(key, value, ttlMs = Infinity) {
        open().set(key, { value, expiresAtMs: Date.now() + ttlMs });
      },
      async delete(key) {
        open().delete(key);
      },
      async close() {
        entries = undefined;
      },
    };
  },
};
