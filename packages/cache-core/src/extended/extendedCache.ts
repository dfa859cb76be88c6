import type { Awaitable } from '../contract/awaitable';
import { CacheError } from '../contract/cacheError';
import type { CacheServiceOptions } from '../contract/cacheService';
import type {
  ExtendedCache,
  ExtendedSetOptions,
  GetOrSetOptions,
  LoadContext,
  ReadOptions,
} from '../contract/extendedCache';
import type { JsonValue } from '../contract/jsonValue';
import { encodeValue } from '../values/codec';
import { toDefaultTtl, toDurationMs } from '../values/ttl';
import { toPlainEntry } from '../values/entry';
import type { Entry } from '../values/entry';
import { createSharedValue } from '../values/sharedValue';
import type { SharedValue } from '../values/sharedValue';
import type { EntryStore } from './entryStore';
import type { Flights } from './flights';
import { getOrSet } from './getOrSet';
import { getOrSetMany } from './getOrSetMany';
import { toFrozen, toLoadSettings } from './loadSettings';

/** Creates the extended cache over a store. `defaultTtlMs`: ttl of entries that are set without one; `undefined`: the store decides. */
export function createExtendedCache(
  store: EntryStore,
  flights: Flights,
  defaultTtlMs: number | undefined,
): ExtendedCache {
  return new Extended(store, flights, defaultTtlMs);
}

/** Names the method of extended caches, and of caches that can extend themselves. All copies of this package share the symbol. */
export const extendedCacheKey = Symbol.for('@greenroom/cache-core/extended-cache');

class Extended implements ExtendedCache {
  readonly #store: EntryStore;
  readonly #flights: Flights;
  readonly #defaultTtlMs: number | undefined;

  constructor(store: EntryStore, flights: Flights, defaultTtlMs: number | undefined) {
    this.#store = store;
    this.#flights = flights;
    this.#defaultTtlMs = defaultTtlMs;
  }

  [extendedCacheKey](): ExtendedCache {
    return this;
  }

  async getOrSet<T extends JsonValue>(
    key: string,
    load: (context: LoadContext) => Awaitable<T | undefined>,
    options?: GetOrSetOptions<boolean>,
    // The interface has an overload of its own for loads that may return no value.
  ): Promise<T> {
    assertLoad(load);
    const settings = toLoadSettings(options, this.#defaultTtlMs, this.#store.maxTtlMs);
    const storedKey = this.#store.toKey(key);
    const value = await getOrSet(this.#store, this.#flights, storedKey, load, settings);
    if (settings.frozen && value) return this.#store.freeze(storedKey, value) as T;
    return value?.take() as T;
  }

  async getOrSetMany<T extends JsonValue>(
    keys: readonly string[],
    load: (missing: readonly string[], context: { readonly signal: AbortSignal }) => Awaitable<ReadonlyMap<string, T>>,
    options?: GetOrSetOptions<boolean>,
  ): Promise<Map<string, T>> {
    assertLoad(load);
    const store = this.#store;
    const settings = toLoadSettings(options, this.#defaultTtlMs, store.maxTtlMs);
    const values = await getOrSetMany(store, this.#flights, toKeyList(keys), load, settings);
    const give = (key: string, value: SharedValue) =>
      (settings.frozen ? store.freeze(store.toKey(key), value) : value.take()) as T;
    return new Map([...values].map(([key, value]) => [key, give(key, value)]));
  }

  async get<T extends JsonValue>(key: string, options?: ReadOptions<boolean>): Promise<T | undefined> {
    return (await this.#store.get(this.#store.toKey(key), toFrozen(options))) as T | undefined;
  }

  async getMany<T extends JsonValue>(keys: readonly string[], options?: ReadOptions<boolean>): Promise<Map<string, T>> {
    const frozen = toFrozen(options);
    const ownKeys = [...new Set(toKeyList(keys))];
    const storedKeys = ownKeys.map(key => this.#store.toKey(key));
    const values = await Promise.all(storedKeys.map(async key => this.#store.get(key, frozen)));
    const found = new Map<string, T>();
    ownKeys.forEach((key, index) => {
      const value = values[index];
      if (value !== undefined) found.set(key, value as T);
    });
    return found;
  }

  async set(key: string, value: JsonValue, options?: ExtendedSetOptions): Promise<void> {
    const storedKey = this.#store.toKey(key);
    const entry = toPlainEntry(createSharedValue(encodeValue(value)));
    await this.#write(storedKey, entry, this.#toTtlMs(options));
  }

  async setMany(entries: ReadonlyMap<string, JsonValue>, options?: ExtendedSetOptions): Promise<void> {
    const writes = toEntryList(entries).map(
      ([key, value]) => [this.#store.toKey(key), toPlainEntry(createSharedValue(encodeValue(value)))] as const,
    );
    const ttlMs = this.#toTtlMs(options);
    await Promise.all(writes.map(async ([key, entry]) => this.#write(key, entry, ttlMs)));
  }

  async delete(key: string): Promise<void> {
    await this.#delete(this.#store.toKey(key));
  }

  async deleteMany(keys: readonly string[]): Promise<void> {
    const storedKeys = toKeyList(keys).map(key => this.#store.toKey(key));
    await allDone(storedKeys.map(async key => this.#delete(key)));
  }

  namespace(name: string): ExtendedCache {
    return new Extended(this.#store.inNamespace(name), this.#flights, this.#defaultTtlMs);
  }

  async clear(): Promise<void> {
    await this.#store.clear();
  }

  withOptions(options?: CacheServiceOptions | null): ExtendedCache {
    const defaultTtl = options?.defaultTtl;
    const defaultTtlMs = defaultTtl === undefined ? this.#defaultTtlMs : (toDefaultTtl(defaultTtl) ?? Infinity);
    return new Extended(this.#store, this.#flights, defaultTtlMs);
  }

  #write(storedKey: string, entry: Entry, ttlMs: number | undefined): Awaitable<void> {
    this.#flights.detach(storedKey);
    return ttlMs === 0 ? this.#store.remove(storedKey) : this.#store.write(storedKey, entry, ttlMs);
  }

  #delete(storedKey: string): Awaitable<void> {
    this.#flights.detach(storedKey);
    return this.#store.delete(storedKey);
  }

  #toTtlMs(options: ExtendedSetOptions | undefined): number | undefined {
    const ttl = options?.ttl;
    const ttlMs = ttl === undefined ? this.#defaultTtlMs : toDurationMs('ttl', ttl, 'CACHE_INVALID_TTL');
    const { maxTtlMs } = this.#store;
    return maxTtlMs === undefined ? ttlMs : Math.min(ttlMs ?? maxTtlMs, maxTtlMs);
  }
}

/** Waits until all have settled, then rejects with the first error, if there is one. */
async function allDone(writes: readonly Promise<void>[]): Promise<void> {
  const results = await Promise.allSettled(writes);
  const failure = results.find(({ status }) => status === 'rejected');
  if (failure?.status === 'rejected') throw failure.reason;
}

function assertLoad(load: unknown): void {
  if (typeof load === 'function') return;
  throw new CacheError('CACHE_CONFIG', `Invalid load: expected a function, got ${typeof load}`);
}

/** Accepts a Map, or an iterable of pairs as the Map constructor does. */
function toEntryList(entries: ReadonlyMap<string, JsonValue>): readonly (readonly [string, JsonValue])[] {
  if (typeof entries === 'object' && entries !== null && Symbol.iterator in entries) return [...entries];
  throw new CacheError(
    'CACHE_INVALID_VALUE',
    `Invalid entries: expected a Map of values by key, got ${typeof entries}`,
  );
}

/** Accepts only arrays: a string is also an iterable, of characters. */
function toKeyList(keys: readonly string[]): readonly string[] {
  if (Array.isArray(keys)) return keys as readonly string[];
  throw new CacheError('CACHE_INVALID_KEY', `Invalid keys: expected an array of strings, got ${typeof keys}`);
}
