import type { JsonValue } from '@greenroom/cache-core';
import { createStorage } from 'unstorage';
import memoryDriver from 'unstorage/drivers/memory';
import redisDriver from 'unstorage/drivers/redis';
import type { OpenSubject } from '../openSubject';

export const openUnstorage: OpenSubject = (store, { connection }) => {
  const storage = createStorage({
    driver: store === 'memory' ? memoryDriver() : redisDriver({ url: String(connection) }),
  });
  const cache = {
    get: (key: string) => storage.getItem(key),
    set: (key: string, value: JsonValue) => storage.setItem(key, value),
  };
  return { cacheOf: () => cache };
};
