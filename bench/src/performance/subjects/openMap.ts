import type { JsonValue } from '@greenroom/cache-core';
import type { OpenSubject } from '../openSubject';

/** JSON text in a Map, without expiry and without a limit. */
export const openMap: OpenSubject = () => {
  const entries = new Map<string, string>();
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
