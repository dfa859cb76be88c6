import type { Awaitable } from './contract/awaitable';
import type { CacheService, CacheServiceOptions, CacheServiceSetOptions } from './contract/cacheService';
import type { JsonValue } from './contract/jsonValue';
import type { ExtendedCache } from './contract/extendedCache';
import type { PluginKeys } from './keys/storedKey';
import { encodeValue } from './values/codec';
import { limitTtl, toDefaultTtl, toTtl } from './values/ttl';
import { createExtendedCache, extendedCacheKey } from './extended/extendedCache';
import { createPluginStore } from './extended/pluginStore';
import type { PluginCaches } from './extended/pluginStore';

/** Creates the cache of one plugin, which is only an object and opens no connection. */
export function createPluginCache(
  plugin: PluginKeys,
  caches: PluginCaches,
  defaultTtlMs: number | undefined,
): CacheService {
  return new PluginCache(plugin, caches, defaultTtlMs);
}

class PluginCache implements CacheService {
  readonly #plugin: PluginKeys;
  readonly #caches: PluginCaches;
  readonly #defaultTtlMs: number | undefined;

  constructor(plugin: PluginKeys, caches: PluginCaches, defaultTtlMs: number | undefined) {
    this.#plugin = plugin;
    this.#caches = caches;
    this.#defaultTtlMs = defaultTtlMs;
  }

  get<TValue extends JsonValue>(key: string): Promise<TValue | undefined> {
    // As in the interface of Backstage, the caller names the type of what it stored; it is not checked.
    return toPromise(
      () => this.#caches.guard.get(this.#plugin, this.#toStoredKey(key)) as Awaitable<TValue | undefined>,
    );
  }

  set(key: string, value: JsonValue, options?: CacheServiceSetOptions): Promise<void> {
    return toPromise(() => {
      const storedKey = this.#toStoredKey(key);
      const text = encodeValue(value);
      const asked = options?.ttl === undefined ? this.#defaultTtlMs : toTtl(options.ttl);
      const ttl = limitTtl(asked, this.#plugin.rules?.maxTtlMs);
      this.#detach(storedKey);
      if (ttl === 'expired') return this.#caches.guard.delete(this.#plugin, storedKey, 'set');
      return this.#caches.guard.set(this.#plugin, storedKey, text, ttl);
    });
  }

  delete(key: string): Promise<void> {
    return toPromise(() => {
      const storedKey = this.#toStoredKey(key);
      this.#detach(storedKey);
      return this.#caches.guard.delete(this.#plugin, storedKey);
    });
  }

  // Backstage's own cache accepts a call without options, although its type requires them.
  withOptions(options?: CacheServiceOptions | null): CacheService {
    const defaultTtl = options?.defaultTtl;
    const defaultTtlMs = defaultTtl === undefined ? this.#defaultTtlMs : toDefaultTtl(defaultTtl);
    return new PluginCache(this.#plugin, this.#caches, defaultTtlMs);
  }

  [extendedCacheKey](): ExtendedCache {
    return createExtendedCache(
      createPluginStore(this.#plugin, this.#caches),
      this.#caches.flights,
      this.#defaultTtlMs ?? Infinity,
    );
  }

  /** A load of the key that is under way is older than this write, so its result must not be stored. */
  #detach(storedKey: string): void {
    const { flights, shield } = this.#caches;
    if (flights.size > 0) flights.detach(storedKey);
    shield.drop(storedKey);
  }

  #toStoredKey(key: string): string {
    return this.#caches.keyCache.toStoredKey(this.#plugin.keyPrefix, key);
  }
}

/** Not an async function: that would wrap the promise in another one. */
function toPromise<T>(run: () => Awaitable<T>): Promise<T> {
  try {
    return Promise.resolve(run());
  } catch (error) {
    return Promise.reject(error);
  }
}
