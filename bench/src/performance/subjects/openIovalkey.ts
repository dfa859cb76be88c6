import type { JsonValue } from '@greenroom/cache-core';
import { Redis } from 'iovalkey';
import type { OpenSubject } from '../openSubject';

export const openIovalkey: OpenSubject = (_store, { connection }) => {
  const client = new Redis(String(connection));
  const cache = {
    async get(key: string): Promise<unknown> {
      const text = await client.get(key);
      return text === null ? undefined : JSON.parse(text);
    },
    async set(key: string, value: JsonValue) {
      await client.set(key, JSON.stringify(value));
    },
  };
  return { cacheOf: () => cache };
};
