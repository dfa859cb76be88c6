import { types } from 'node:util';
import type { Awaitable } from '../../contract/awaitable';
import type { CacheServiceOptions } from '../../contract/cacheService';
import type {
  ExtendedCache,
  ExtendedSetOptions,
  GetOrSetOptions,
  LoadContext,
  ReadOptions,
} from '../../contract/extendedCache';
import type { JsonValue } from '../../contract/jsonValue';
import { createCacheManager } from '../../cacheManager';
import { extendCache } from '../../extended/extendCache';
import { extendedCacheKey } from '../../extended/extendedCache';
import { toNamespaceKeys } from '../../keys/namespacePart';
import { toKeyPrefix, toStoredKey } from '../../keys/storedKey';
import type { PluginKeys } from '../../keys/storedKey';
import { decodeValue } from '../../values/codec';
import { readEntryText } from '../../values/entryHeader';
import type { CacheServiceFeature } from './cacheServiceFeature';
import { toCacheServiceFeature } from './cacheServiceFeature';
import type { TestCache } from './testCache';
import { createTestStore } from './testStore';
import type { TestStore } from './testStore';

const PLUGIN_ID = 'test';

/** Creates an empty cache for a test of a plugin. It does not have to be closed, as it leaves no timer and no connection. */
export function createTestCache(): TestCache {
  const store = createTestStore();
  const manager = createCacheManager({ driver: store.driver, driverOptions: undefined, observer: store.observer });
  const keys = { pluginId: PLUGIN_ID, keyPrefix: toKeyPrefix(PLUGIN_ID) };
  return new PluginTestCache(extendCache(manager.forPlugin(PLUGIN_ID)), store, keys, new Map());
}

/** The keys of the plugin itself, by stored key: a stored key may be a digest. */
type OwnKeys = Map<string, { readonly key: string; readonly keyPrefix: string }>;

class PluginTestCache implements TestCache {
  readonly #cache: ExtendedCache;
  readonly #store: TestStore;
  readonly #keys: PluginKeys;
  readonly #ownKeys: OwnKeys;

  constructor(cache: ExtendedCache, store: TestStore, keys: PluginKeys, ownKeys: OwnKeys) {
    this.#cache = cache;
    this.#store = store;
    this.#keys = keys;
    this.#ownKeys = ownKeys;
  }

  // These are own properties and not methods, as `mockServices.cache.mock(cache)` spies only on own properties.
  readonly get = <T extends JsonValue>(key: string, options?: ReadOptions<boolean>): Promise<T | undefined> =>
    this.#cache.get<T>(key, options as ReadOptions);

  readonly set = (key: string, value: JsonValue, options?: ExtendedSetOptions): Promise<void> => {
    this.#writes([key]);
    return this.#cache.set(key, value, options);
  };

  readonly delete = (key: string): Promise<void> => this.#cache.delete(key);

  readonly withOptions = (options: CacheServiceOptions): TestCache =>
    new PluginTestCache(this.#cache.withOptions(options), this.#store, this.#keys, this.#ownKeys);

  getOrSet<T extends JsonValue>(
    key: string,
    load: (context: LoadContext) => Awaitable<T | undefined>,
    options?: GetOrSetOptions<boolean>,
  ): Promise<T | undefined> {
    this.#writes([key]);
    return this.#cache.getOrSet(key, load, options as GetOrSetOptions);
  }

  getOrSetMany<T extends JsonValue>(
    keys: readonly string[],
    load: (missing: readonly string[], context: { readonly signal: AbortSignal }) => Awaitable<ReadonlyMap<string, T>>,
    options?: GetOrSetOptions<boolean>,
  ): Promise<Map<string, T>> {
    this.#writes(keys);
    return this.#cache.getOrSetMany(keys, load, options as GetOrSetOptions);
  }

  getMany<T extends JsonValue>(keys: readonly string[], options?: ReadOptions<boolean>): Promise<Map<string, T>> {
    return this.#cache.getMany<T>(keys, options as ReadOptions);
  }

  setMany(entries: ReadonlyMap<string, JsonValue>, options?: ExtendedSetOptions): Promise<void> {
    if (types.isMap(entries)) this.#writes([...entries.keys()]);
    return this.#cache.setMany(entries, options);
  }

  deleteMany(keys: readonly string[]): Promise<void> {
    return this.#cache.deleteMany(keys);
  }

  namespace(name: string): TestCache {
    const keys = toNamespaceKeys(this.#keys, name);
    return new PluginTestCache(this.#cache.namespace(name), this.#store, keys, this.#ownKeys);
  }

  clear(): Promise<void> {
    return this.#cache.clear();
  }

  fail(): void {
    this.#store.fail();
  }

  stall(): void {
    this.#store.stall();
  }

  recover(): Promise<void> {
    return this.#store.recover();
  }

  entries(): Map<string, JsonValue> {
    const found = new Map<string, JsonValue>();
    for (const [storedKey, { key, keyPrefix }] of this.#ownKeys) {
      const text = keyPrefix === this.#keys.keyPrefix ? this.#store.find(storedKey) : undefined;
      const entry = text === undefined ? undefined : readEntryText(storedKey, text, false);
      if (entry) found.set(key, decodeValue(entry.json));
    }
    return found;
  }

  get factory(): CacheServiceFeature {
    return toCacheServiceFeature(this);
  }

  /** Extending the cache returns the same cache, so that a test sees what the plugin does with it. */
  [extendedCacheKey](): ExtendedCache {
    return this;
  }

  /** Records keys that are about to be written. The cache itself refuses anything that is not a list of strings. */
  #writes(keys: readonly unknown[]): void {
    const { keyPrefix, maxKeyBytes } = this.#keys;
    if (!Array.isArray(keys)) return;
    for (const key of keys) {
      if (typeof key === 'string') this.#ownKeys.set(toStoredKey(keyPrefix, key, maxKeyBytes), { key, keyPrefix });
    }
  }
}
