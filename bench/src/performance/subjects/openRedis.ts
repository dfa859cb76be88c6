import type { JsonValue } from '@greenroom/cache-core';
import { createClient } from 'redis';
import type { OpenSubject } from '../openSubject';

/** The client without its most expensive default, a timer for each command. */
export const openRedis: OpenSubject = async (_store, { connection }) => {
  const client = createClient({ url: String(connection), commandOptions: { timeout: 0 } });
  client.on('error', error => console.error(error));
  await client.connect();
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
