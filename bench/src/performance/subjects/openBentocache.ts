import type { JsonValue } from '@greenroom/cache-core';
import { BentoCache, bentostore } from 'bentocache';
import { memoryDriver } from 'bentocache/drivers/memory';
import { redisDriver } from 'bentocache/drivers/redis';
import { Redis } from 'ioredis';
import type { OpenSubject } from '../openSubject';

export const openBentocache: OpenSubject = (store, { connection, memory }) => {
  const layers =
    store === 'memory'
      ? bentostore().useL1Layer(memoryDriver({ maxItems: memory?.maxEntries ?? 50_000 }))
      : bentostore().useL2Layer(redisDriver({ connection: new Redis(String(connection)) }));
  const bento = new BentoCache({ default: 'store', stores: { store: layers }, ttl: null });
  const cache = {
    get: (key: string) => bento.get({ key }),
    set: (key: string, value: JsonValue) => bento.set({ key, value }),
  };
  return {
    cacheOf: () => cache,
    readThrough: (_cache, ttlMs) => (key, load) => bento.getOrSet({ key, factory: load, ttl: ttlMs }),
  };
};
