import type { Awaitable } from './contract/awaitable';
import type { CacheService, CacheServiceOptions, CacheServiceSetOptions } from './contract/cacheService';
import type { JsonValue } from './contract/jsonValue';
import type { KeyCache } from './keys/keyCache';
import type { PluginKeys } from './keys/storedKey';
import { encodeValue } from './values/codec';
import { toDefaultTtl, toTtl } from './values/ttl';
import type { DriverGuard } from './guard/driverGuard';

/** The cache of one plugin: an object, no connection. */
export function createPluginCache(
  plugin: PluginKeys,
  guard: DriverGuard,
  keyCache: KeyCache,
  defaultTtlMs: number | undefined,
): CacheService {
  return new PluginCache(plugin, guard, keyCache, defaultTtlMs);
}

class PluginCache implements CacheService {
  readonly #plugin: PluginKeys;
  readonly #guard: DriverGuard;
  readonly #keyCache: KeyCache;
  readonly #defaultTtlMs: number | undefined;

  constructor(plugin: PluginKeys, guard: DriverGuard, keyCache: KeyCache, defaultTtlMs: number | undefined) {
    this.#plugin = plugin;
    this.#guard = guard;
    this.#keyCache = keyCache;
    this.#defaultTtlMs = defaultTtlMs;
  }

  get<TValue extends JsonValue>(key: string): Promise<TValue | undefined> {
    // The caller names the type of what it stored; the interface of Backstage is made that way.
    return toPromise(() => this.#guard.get(this.#plugin, this.#toStoredKey(key)) as Awaitable<TValue | undefined>);
  }

  set(key: string, value: JsonValue, options?: CacheServiceSetOptions): Promise<void> {
    return toPromise(() => {
      const storedKey = this.#toStoredKey(key);
      const text = encodeValue(value);
      const ttl = options?.ttl === undefined ? this.#defaultTtlMs : toTtl(options.ttl);
      if (ttl === 'expired') return this.#guard.delete(this.#plugin, storedKey, 'set');
      return this.#guard.set(this.#plugin, storedKey, text, ttl);
    });
  }

  delete(key: string): Promise<void> {
    return toPromise(() => this.#guard.delete(this.#plugin, this.#toStoredKey(key)));
  }

  // Backstage's own cache takes none at all, though its type does not.
  withOptions(options?: CacheServiceOptions | null): CacheService {
    const defaultTtl = options?.defaultTtl;
    const defaultTtlMs = defaultTtl === undefined ? this.#defaultTtlMs : toDefaultTtl(defaultTtl);
    return new PluginCache(this.#plugin, this.#guard, this.#keyCache, defaultTtlMs);
  }

  #toStoredKey(key: string): string {
    return this.#keyCache.toStoredKey(this.#plugin.keyPrefix, key);
  }
}

/** Not an async function, which would wrap a promise in another one. */
function toPromise<T>(run: () => Awaitable<T>): Promise<T> {
  try {
    return Promise.resolve(run());
  } catch (error) {
    return Promise.reject(error);
  }
}
