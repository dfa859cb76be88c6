import { attempt } from './awaitable';
import type { Awaitable } from './awaitable';
import type { CacheService, CacheServiceOptions, CacheServiceSetOptions } from './cacheService';
import { encodeValue } from './codec';
import type { GuardedStore } from './guardedStore';
import type { JsonValue } from './jsonValue';
import type { PluginKeys } from './staleKeys';
import type { StoredKeys } from './storedKeys';
import { toDefaultTtl, toTtl } from './ttl';

/** The cache of one plugin: an object, no connection. */
export function createPluginCache(
  plugin: PluginKeys,
  store: GuardedStore,
  storedKeys: StoredKeys,
  defaultTtlMs: number | undefined,
): CacheService {
  return new PluginCache(plugin, store, storedKeys, defaultTtlMs);
}

class PluginCache implements CacheService {
  readonly #plugin: PluginKeys;
  readonly #store: GuardedStore;
  readonly #storedKeys: StoredKeys;
  readonly #defaultTtlMs: number | undefined;

  constructor(plugin: PluginKeys, store: GuardedStore, storedKeys: StoredKeys, defaultTtlMs: number | undefined) {
    this.#plugin = plugin;
    this.#store = store;
    this.#storedKeys = storedKeys;
    this.#defaultTtlMs = defaultTtlMs;
  }

  get<TValue extends JsonValue>(key: string): Promise<TValue | undefined> {
    // The caller names the type of what it stored; the interface of Backstage is made that way.
    return promise(() => this.#store.get(this.#plugin, this.#toStoredKey(key)) as Awaitable<TValue | undefined>);
  }

  set(key: string, value: JsonValue, options?: CacheServiceSetOptions): Promise<void> {
    return promise(() => {
      const storedKey = this.#toStoredKey(key);
      const text = encodeValue(value);
      const ttl = options?.ttl === undefined ? this.#defaultTtlMs : toTtl(options.ttl);
      if (ttl === 'expired') return this.#store.delete(this.#plugin, storedKey, 'set');
      return this.#store.set(this.#plugin, storedKey, text, ttl);
    });
  }

  delete(key: string): Promise<void> {
    return promise(() => this.#store.delete(this.#plugin, this.#toStoredKey(key)));
  }

  // Backstage's own cache takes none at all, though its type does not.
  withOptions(options?: CacheServiceOptions | null): CacheService {
    const defaultTtl = options?.defaultTtl;
    const defaultTtlMs = defaultTtl === undefined ? this.#defaultTtlMs : toDefaultTtl(defaultTtl);
    return new PluginCache(this.#plugin, this.#store, this.#storedKeys, defaultTtlMs);
  }

  #toStoredKey(key: string): string {
    return this.#storedKeys.of(this.#plugin.keyPrefix, key);
  }
}

/** An async function would make another promise of the one that there is. */
function promise<T>(run: () => Awaitable<T>): Promise<T> {
  return Promise.resolve(attempt(run));
}
