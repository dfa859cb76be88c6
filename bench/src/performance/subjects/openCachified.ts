import type { JsonValue } from '@greenroom/cache-core';
import { cachified, createCacheEntry } from '@epic-web/cachified';
import type { Cache as EntryCache, CacheEntry } from '@epic-web/cachified';
import type { OpenSubject, Store } from '../openSubject';
import { openIovalkey } from './openIovalkey';
import { openMap } from './openMap';
import { openMemcached } from './openMemcached';
import { openRedis } from './openRedis';

const openers: Readonly<Partial<Record<Store, OpenSubject>>> = {
  redis: openRedis,
  valkey: openIovalkey,
  memcache: openMemcached,
  memory: openMap,
};

/** It has no store of its own, but accepts any object with three methods: here the bare clients, and a Map of JSON text. */
export const openCachified: OpenSubject = async (store, access) => {
  const opened = await openers[store]?.(store, access);
  if (!opened) throw new Error(`There is no client for '${store}'`);
  const bare = await opened.cacheOf('');
  const entries: EntryCache = {
    get: async key => (await bare.get(key)) as CacheEntry | undefined,
    set: (key, entry) => bare.set(key, entry as unknown as JsonValue),
    delete: () => {},
  };
  const cache = {
    get: async (key: string): Promise<unknown> => (await entries.get(key))?.value,
    set: (key: string, value: JsonValue) => entries.set(key, createCacheEntry(value)),
  };
  return {
    cacheOf: () => cache,
    readThrough: (_cache, ttlMs) => (key, load) =>
      cachified<JsonValue>({ key, cache: entries, ttl: ttlMs, getFreshValue: load }),
  };
};
