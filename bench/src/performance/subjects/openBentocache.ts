import type { JsonValue } from '@greenroom/cache-core';
import { BentoCache, bentostore } from 'bentocache';
import { memoryDriver } from 'bentocache/drivers/memory';
import { redisBusDriver, redisDriver } from 'bentocache/drivers/redis';
import { Redis } from 'ioredis';
import type { OpenedSubject, OpenSubject } from '../openSubject';

export const openBentocache: OpenSubject = (store, { connection, memory }) =>
  open(
    store === 'memory'
      ? bentostore().useL1Layer(memoryDriver({ maxItems: memory?.maxEntries ?? 50_000 }))
      : bentostore().useL2Layer(redisDriver({ connection: new Redis(String(connection)) })),
  );

/** A layer in memory in front of Redis, with the bus that tells other processes which keys to drop. */
export const openLayeredBentocache: OpenSubject = (_store, { connection, near }) =>
  open(
    bentostore()
      .useL1Layer(memoryDriver({ maxItems: near?.maxEntries ?? 1000 }))
      .useL2Layer(redisDriver({ connection: new Redis(String(connection)) }))
      .useBus(redisBusDriver({ connection: new Redis(String(connection)) })),
  );

function open(layers: ReturnType<typeof bentostore>): OpenedSubject {
  const bento = new BentoCache({ default: 'store', stores: { store: layers }, ttl: null });
  const cache = {
    get: (key: string) => bento.get({ key }),
    set: (key: string, value: JsonValue) => bento.set({ key, value }),
  };
  return {
    cacheOf: () => cache,
    readThrough: (_cache, ttlMs) => (key, load) => bento.getOrSet({ key, factory: load, ttl: ttlMs }),
  };
}
