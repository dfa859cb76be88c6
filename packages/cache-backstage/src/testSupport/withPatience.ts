import type { JsonObject, JsonValue } from '@backstage/types';

/**
 * Adds a `commandTimeout` of 5 s to `backend.cache` if the store has that option and the configuration does not set it: while other tests
 * run, a server can take longer than half a second, and few tests are about that.
 */
export function withPatience(cache: JsonObject): JsonObject {
  const { store } = cache;
  if (store !== 'redis' && store !== 'valkey' && store !== 'memcache') return cache;
  // Without a section of its own, Valkey reads that of Redis.
  const name = store === 'valkey' && !cache.valkey && cache.redis ? 'redis' : store;
  const section = cache[name] ?? {};
  const client = isObject(section) ? (section.client ?? {}) : undefined;
  if (!isObject(section) || !isObject(client)) return cache;
  return { ...cache, [name]: { ...section, client: { commandTimeout: '5s', ...client } } };
}

function isObject(value: JsonValue | undefined): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
