import { CacheError } from '@greenroom/cache-core';
import type {
  CacheDriver,
  CacheDriverDefinition,
  DriverHost,
  DriverPolicy,
  EntryListOptions,
  EntryPage,
  JsonValue,
} from '@greenroom/cache-core';
import { createHardenedClient } from './connection/hardenedClient';
import type { MemcacheClient } from './connection/memcacheClient';
import { toCacheError } from './connection/memcacheError';
import { toMemcacheExpiry } from './protocol/memcacheExpiry';
import { toMemcacheKey } from './protocol/memcacheKey';
import { clientOptions, parseMemcacheOptions, readSettings } from './options/memcacheOptions';
import type { MemcacheClientOptions, MemcacheOptions, MemcacheSettings } from './options/memcacheOptions';

/** Stores entries in Memcached, over one connection to each server. */
export const memcacheDriver: CacheDriverDefinition<MemcacheOptions> = {
  contractVersion: 1,
  store: 'memcache',
  parseOptions: parseMemcacheOptions,
  policy: toPolicy,
  create: (options, host) => new MemcacheStore(options, createHardenedClient(options, host)),
};

/**
 * The same store with another client: for SASL, the binary protocol, or anything else that npm memcached lacks.
 *
 * @param createClient - Called once for each cache, with `backend.cache.connection` as it is in the configuration. The client may tell
 * `host` when the server becomes available or is lost; a client that never does counts as connected.
 */
export function createMemcacheDriver({
  createClient,
}: {
  readonly createClient: (connection: JsonValue | undefined, host: DriverHost) => MemcacheClient;
}): CacheDriverDefinition<MemcacheClientOptions> {
  return {
    contractVersion: 1,
    store: 'memcache',
    parseOptions: config => ({ connection: config.getOptional('connection'), ...readSettings(config) }),
    policy: toPolicy,
    create: (options, host) => new MemcacheStore(options, createClient(options.connection, host)),
  };
}

/** An entry gets up to three seconds on top of its ttl, and the server reads its clock once a second. */
const MAX_OVERDUE_MS = 4000;

function toPolicy({ commandTimeoutMs }: MemcacheSettings): DriverPolicy {
  return {
    verifyEntries: true,
    maxOverdueMs: MAX_OVERDUE_MS,
    ...(commandTimeoutMs !== undefined && { commandTimeoutMs }),
  };
}

class MemcacheStore implements CacheDriver {
  readonly add?: NonNullable<CacheDriver['add']>;
  readonly entries?: NonNullable<CacheDriver['entries']>;
  readonly servers?: NonNullable<CacheDriver['servers']>;
  readonly connections?: NonNullable<CacheDriver['connections']>;
  readonly #maxValueBytes: number;
  readonly #client: MemcacheClient;
  /** Ends listings when the store is closed. */
  readonly #stopping = new AbortController();
  #closing: Promise<void> | undefined;

  constructor({ maxValueBytes = clientOptions.maxValueBytes.default }: MemcacheSettings, client: MemcacheClient) {
    this.#maxValueBytes = maxValueBytes;
    this.#client = client;
    const add = client.add?.bind(client);
    if (add) this.add = (key, value, ttlMs) => this.#add(add, key, value, ttlMs);
    const entries = client.entries?.bind(client);
    if (entries) this.entries = (prefix, options) => this.#list(entries, prefix, options);
    const servers = client.servers?.bind(client);
    if (servers) this.servers = servers;
    const connections = client.connections?.bind(client);
    if (connections) this.connections = connections;
  }

  get(key: string): Promise<string | undefined> {
    return this.#run(() => this.#client.get(toMemcacheKey(key)));
  }

  set(key: string, value: string, ttlMs?: number): Promise<void> {
    return this.#run(() => {
      this.#checkSize(value);
      return this.#client.set(toMemcacheKey(key), value, toMemcacheExpiry(ttlMs, Date.now()));
    });
  }

  delete(key: string): Promise<void> {
    return this.#run(() => this.#client.delete(toMemcacheKey(key)));
  }

  close(): Promise<void> {
    this.#stopping.abort();
    return (this.#closing ??= this.#client.close());
  }

  #add(add: NonNullable<MemcacheClient['add']>, key: string, value: string, ttlMs: number): Promise<boolean> {
    return this.#run(() => {
      this.#checkSize(value);
      return add(toMemcacheKey(key), value, toMemcacheExpiry(ttlMs, Date.now()));
    });
  }

  async *#list(
    entries: NonNullable<MemcacheClient['entries']>,
    prefix: string,
    options: EntryListOptions,
  ): AsyncGenerator<EntryPage, void> {
    this.#assertOpen();
    const signals = [this.#stopping.signal, ...(options.signal ? [options.signal] : [])];
    try {
      yield* entries(prefix, { ...options, signal: AbortSignal.any(signals) });
    } catch (error) {
      this.#assertOpen();
      throw toCacheError(error);
    }
  }

  #assertOpen(): void {
    if (this.#closing) throw new CacheError('CACHE_CLOSED', 'The Memcached store is closed');
  }

  #checkSize(value: string): void {
    const bytes = Buffer.byteLength(value);
    if (bytes <= this.#maxValueBytes) return;
    throw new CacheError(
      'CACHE_TOO_LARGE',
      `A value of ${bytes} bytes is more than the ${this.#maxValueBytes} of 'memcache.client.maxValueBytes'`,
    );
  }

  async #run<T>(operation: () => Promise<T>): Promise<T> {
    this.#assertOpen();
    try {
      return await operation();
    } catch (error) {
      throw toCacheError(error);
    }
  }
}
