import { CacheError } from '@greenroom/cache-core';
import type { CacheDriver, CacheDriverDefinition, DriverHost, DriverPolicy, JsonValue } from '@greenroom/cache-core';
import { createHardenedClient } from './hardenedClient';
import type { MemcacheClient } from './memcacheClient';
import { toCacheError } from './memcacheError';
import { toMemcacheExpiry } from './memcacheExpiry';
import { toMemcacheKey } from './memcacheKey';
import { clientOptions, parseMemcacheOptions, readSettings } from './memcacheOptions';
import type { MemcacheClientOptions, MemcacheOptions, MemcacheSettings } from './memcacheOptions';

/** Keeps entries in Memcached, over one connection to each server. */
export const memcacheDriver: CacheDriverDefinition<MemcacheOptions> = {
  contractVersion: 1,
  store: 'memcache',
  parseOptions: parseMemcacheOptions,
  policy: toPolicy,
  create: (options, host) => new MemcacheStore(options, createHardenedClient(options, host)),
};

/**
 * The same store over another client: for SASL, the binary protocol, or whatever else npm memcached does not have.
 *
 * @param createClient - Called once for each cache, with `backend.cache.connection` as it is in the configuration. The host
 * may be told when the server comes and goes; a client that does not is taken to be connected.
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

/** An entry is told two seconds more than its ttl, and its end is seen when the clock of the server ticks. */
const MAX_OVERDUE_MS = 3000;

function toPolicy({ commandTimeoutMs }: MemcacheSettings): DriverPolicy {
  return {
    verifyEntries: true,
    maxOverdueMs: MAX_OVERDUE_MS,
    ...(commandTimeoutMs !== undefined && { commandTimeoutMs }),
  };
}

class MemcacheStore implements CacheDriver {
  readonly connections?: NonNullable<CacheDriver['connections']>;
  readonly #maxValueBytes: number;
  readonly #client: MemcacheClient;
  #closing: Promise<void> | undefined;

  constructor({ maxValueBytes = clientOptions.maxValueBytes.default }: MemcacheSettings, client: MemcacheClient) {
    this.#maxValueBytes = maxValueBytes;
    this.#client = client;
    const connections = client.connections?.bind(client);
    if (connections) this.connections = connections;
  }

  async get(key: string): Promise<string | undefined> {
    return this.#run(() => this.#client.get(toMemcacheKey(key)));
  }

  async set(key: string, value: string, ttlMs?: number): Promise<void> {
    await this.#run(() => {
      this.#checkSize(value);
      return this.#client.set(toMemcacheKey(key), value, toMemcacheExpiry(ttlMs, Date.now()));
    });
  }

  async delete(key: string): Promise<void> {
    await this.#run(() => this.#client.delete(toMemcacheKey(key)));
  }

  close(): Promise<void> {
    return (this.#closing ??= this.#client.close());
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
    if (this.#closing) throw new CacheError('CACHE_CLOSED', 'The Memcached store is closed');
    try {
      return await operation();
    } catch (error) {
      throw toCacheError(error);
    }
  }
}
