import type { JsonObject, JsonValue } from '@greenroom/cache-core';
import { LRUCache } from 'lru-cache';
import type { OpenSubject } from '../openSubject';

/** JSON text in an lru-cache with a limited number of entries and an expiry. */
export const openLruCache: OpenSubject = (_store, { memory }) => {
  const entries = new LRUCache<string, string>({ max: memory?.maxEntries ?? 50_000, ttl: 3_600_000 });
  const cache = {
    async get(key: string): Promise<unknown> {
      const text = entries.get(key);
      return text === undefined ? undefined : JSON.parse(text);
    },
    async set(key: string, value: JsonValue) {
      entries.set(key, JSON.stringify(value));
    },
  };
  return { cacheOf: () => cache };
};

/** Stores the objects themselves, so a caller that changes one changes it for all. */
export const openLruCacheByReference: OpenSubject = (_store, { memory }) => {
  const entries = new LRUCache<string, JsonObject>({ max: memory?.maxEntries ?? 50_000, ttl: 3_600_000 });
  const cache = {
    get: async (key: string) => entries.get(key),
    set: async (key: string, value: JsonValue) => void entries.set(key, value as JsonObject),
  };
  return { cacheOf: () => cache };
};
