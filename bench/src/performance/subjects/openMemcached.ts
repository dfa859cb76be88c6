import type { JsonValue } from '@greenroom/cache-core';
import Memcached from 'memcached';
import type { OpenSubject } from '../openSubject';

export const openMemcached: OpenSubject = (_store, { connection }) => {
  const client = new Memcached(String(connection));
  const cache = {
    get: (key: string) =>
      new Promise<unknown>((resolve, reject) => {
        client.get(key, (error: Error | undefined, text: string | undefined) => {
          if (error) reject(error);
          else resolve(text === undefined ? undefined : JSON.parse(text));
        });
      }),
    set: (key: string, value: JsonValue) =>
      new Promise<void>((resolve, reject) => {
        client.set(key, JSON.stringify(value), 0, (error: Error | undefined) => {
          if (error) reject(error);
          else resolve();
        });
      }),
  };
  return { cacheOf: () => cache };
};
