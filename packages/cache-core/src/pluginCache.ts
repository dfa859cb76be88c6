import type { CacheService, CacheServiceOptions, CacheServiceSetOptions } from './cacheService';
import { encodeValue } from './codec';
import type { GuardedStore } from './guardedStore';
import type { JsonValue } from './jsonValue';
import { toStoredKey } from './storedKey';
import { toDefaultTtl, toTtl } from './ttl';

/** Where the entries of one plugin are. */
export interface PluginScope {
  readonly pluginId: string;
  readonly keyPrefix: string;
  readonly store: GuardedStore;
}

/** The cache of one plugin: an object, no connection. */
export function createPluginCache(scope: PluginScope, defaultTtlMs: number | undefined): CacheService {
  return new PluginCache(scope, defaultTtlMs);
}

class PluginCache implements CacheService {
  readonly #scope: PluginScope;
  readonly #defaultTtlMs: number | undefined;

  constructor(scope: PluginScope, defaultTtlMs: number | undefined) {
    this.#scope = scope;
    this.#defaultTtlMs = defaultTtlMs;
  }

  async get<TValue extends JsonValue>(key: string): Promise<TValue | undefined> {
    const { pluginId, keyPrefix, store } = this.#scope;
    // The caller names the type of what it stored; the interface of Backstage is made that way.
    return (await store.get(pluginId, toStoredKey(keyPrefix, key))) as TValue | undefined;
  }

  async set(key: string, value: JsonValue, options?: CacheServiceSetOptions): Promise<void> {
    const { pluginId, keyPrefix, store } = this.#scope;
    const storedKey = toStoredKey(keyPrefix, key);
    const text = encodeValue(value);
    const ttl = options?.ttl === undefined ? this.#defaultTtlMs : toTtl(options.ttl);
    if (ttl === 'expired') return store.delete(pluginId, storedKey, 'set');
    return store.set(pluginId, storedKey, text, ttl);
  }

  async delete(key: string): Promise<void> {
    const { pluginId, keyPrefix, store } = this.#scope;
    return store.delete(pluginId, toStoredKey(keyPrefix, key));
  }

  withOptions(options: CacheServiceOptions): CacheService {
    const defaultTtlMs = options.defaultTtl === undefined ? this.#defaultTtlMs : toDefaultTtl(options.defaultTtl);
    return new PluginCache(this.#scope, defaultTtlMs);
  }
}
