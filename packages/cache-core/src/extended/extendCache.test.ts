import type { CacheService } from '../contract/cacheService';
import type { JsonValue } from '../contract/jsonValue';
import { extendedCases } from '../testing/extended/extendedCases';

/** A cache as a plugin's test might define it. It returns the object that it holds, not a copy. */
function createMapCache(): CacheService {
  const entries = new Map<string, { readonly value: JsonValue; readonly untilMs: number }>();
  const cache: CacheService = {
    get: async <T extends JsonValue>(key: string) => {
      const entry = entries.get(key);
      return entry && entry.untilMs > Date.now() ? (entry.value as T) : undefined;
    },
    set: async (key, value, options) => {
      entries.set(key, { value, untilMs: Date.now() + ((options?.ttl as number | undefined) ?? Infinity) });
    },
    delete: async key => void entries.delete(key),
    withOptions: () => cache,
  };
  return cache;
}

describe('an extended cache over a plain map', () => {
  it.each(extendedCases)('$name', async ({ run }) => {
    await run({ open: createMapCache, lacksClear: 'a cache service has no method for it' });
  });
});
