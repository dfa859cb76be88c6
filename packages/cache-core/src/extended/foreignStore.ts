import type { Awaitable } from '../contract/awaitable';
import { CacheError } from '../contract/cacheError';
import type { CacheService } from '../contract/cacheService';
import type { JsonValue } from '../contract/jsonValue';
import { isPromise } from '../guard/ownPromise';
import { toNamespacePart } from '../keys/namespacePart';
import { assertKey } from '../keys/storedKey';
import { isFresh, isServable } from '../values/entry';
import type { Entry } from '../values/entry';
import type { SharedValue } from '../values/sharedValue';
import type { EntryStore } from './entryStore';
import { fromEnvelope, toEnvelope } from './envelope';
import type { KeyedWrites } from './keyedWrites';
import type { LookupEvents } from './lookupEvents';
import { timedOut, untilTimeout } from './until';

/** First character of keys in namespaces, `!na!kkey`. A plugin's own key that begins with it is escaped: `!k!key`. */
const RESERVED = '!';

/** Longest wait for one operation of the cache, which may have no deadline of its own. */
const TIMEOUT_MS = 1000;

/**
 * Keeps entries in a cache of any kind, through its `get`, `set` and `delete`. A fault of that cache rejects only in `delete`. A call
 * without an answer within 1 s counts as a fault; such a write may still take effect later.
 */
export function createForeignStore(cache: CacheService, writes: KeyedWrites): EntryStore {
  return new ForeignStore(cache, writes, RESERVED);
}

class ForeignStore implements EntryStore {
  readonly events: LookupEvents = {};
  readonly #cache: CacheService;
  readonly #writes: KeyedWrites;
  readonly #prefix: string;

  constructor(cache: CacheService, writes: KeyedWrites, prefix: string) {
    this.#cache = cache;
    this.#writes = writes;
    this.#prefix = prefix;
  }

  toKey(key: string): string {
    assertKey(key);
    const isPlain = this.#prefix === RESERVED && !key.startsWith(RESERVED);
    return isPlain ? key : `${this.#prefix}k${key}`;
  }

  async get(key: string, frozen: boolean): Promise<JsonValue | undefined> {
    const entry = await this.read(key);
    if (!isFresh(entry)) return undefined;
    return frozen ? entry.value.frozen() : entry.value.take();
  }

  async read(key: string): Promise<Entry | undefined> {
    // Otherwise a flight could read what a delete is about to remove, and store it again with keepStale.
    await this.#writes.settled(key);
    return this.#find(key);
  }

  readMany(keys: readonly string[]): Promise<readonly (Entry | undefined)[]> {
    return Promise.all(keys.map(key => this.read(key)));
  }

  freeze(_key: string, value: SharedValue): JsonValue {
    return value.frozen();
  }

  async write(key: string, entry: Entry, ttlMs: number | undefined): Promise<void> {
    const value = toEnvelope(entry);
    const options = ttlMs === undefined || ttlMs === Infinity ? undefined : { ttl: ttlMs };
    await ignoreFault(this.#writes.write(key, () => inTime(this.#cache.set(key, value, options))));
  }

  writeLoaded(key: string, entry: Entry, ttlMs: number | undefined): Promise<void> {
    return this.write(key, entry, ttlMs);
  }

  async remove(key: string): Promise<void> {
    await ignoreFault(this.delete(key));
  }

  delete(key: string): Promise<void> {
    return this.#writes.write(key, () => inTime(this.#cache.delete(key)));
  }

  async clear(): Promise<void> {
    throw new CacheError(
      'CACHE_UNSUPPORTED',
      'This cache cannot clear: a cache service of another kind than Greenroom has no method for it',
    );
  }

  inNamespace(name: string): EntryStore {
    return new ForeignStore(this.#cache, this.#writes, `${this.#prefix}${toNamespacePart(name)}`);
  }

  async #find(key: string): Promise<Entry | undefined> {
    try {
      const found = await inTime(this.#cache.get<JsonValue>(key));
      const entry = found === undefined ? undefined : fromEnvelope(found);
      return isServable(entry) ? entry : undefined;
    } catch {
      // The cache is away, or holds something that is not JSON: a miss.
      return undefined;
    }
  }
}

/** A mock may answer without a promise. */
async function inTime<T>(answer: Awaitable<T>): Promise<T> {
  if (!isPromise(answer)) return answer;
  const result = await untilTimeout(answer, TIMEOUT_MS);
  if (result === timedOut) {
    throw new CacheError(
      'CACHE_TIMEOUT',
      `The cache service below the extended cache did not answer within ${TIMEOUT_MS} ms`,
    );
  }
  return result;
}

/** That an entry could not be written or removed is no reason to fail the caller. */
async function ignoreFault(written: Promise<void>): Promise<void> {
  await written.catch(() => {});
}
