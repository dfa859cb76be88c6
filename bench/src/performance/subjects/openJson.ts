import type { JsonValue } from '@greenroom/cache-core';
import type { OpenSubject } from '../openSubject';

/** `JSON.parse` and `JSON.stringify` with a Map in between, called directly: what nothing that copies values can be under. */
export const openJson: OpenSubject = () => {
  const texts = new Map<string, string>();
  const cache = {
    get: (key: string): unknown => JSON.parse(texts.get(key) ?? 'null'),
    set: (key: string, value: JsonValue) => void texts.set(key, JSON.stringify(value)),
  };
  return { cacheOf: () => cache };
};
