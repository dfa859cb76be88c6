import { CacheError } from '@greenroom/cache-core';
import type { CacheDriver, CacheDriverDefinition, DriverHost } from '@greenroom/cache-core';
import { toGlobPattern } from '@greenroom/resp';
import { createClusterConnection } from './clusterConnection';
import { createNodeConnection } from './nodeConnection';
import type { ConnectionEvents, RedisConnection } from './redisConnection';
import { toCacheError } from './redisError';
import { parseRedisOptions } from './redisOptions';
import type { RedisOptions } from './redisOptions';
import { createSentinelLocator } from './sentinelLocator';

/** Keeps entries in Redis: a server, a cluster, or a master that sentinels know; one connection to each server. */
export const redisDriver: CacheDriverDefinition<RedisOptions> = {
  contractVersion: 1,
  store: 'redis',
  parseOptions: parseRedisOptions,
  policy: options => options,
  create: (options, host) => new RedisStore(options, host),
};

const CHECK_INTERVAL_MS = 1000;

class RedisStore implements CacheDriver {
  readonly #options: RedisOptions;
  readonly #connection: RedisConnection;
  readonly #checkTimer: NodeJS.Timeout;
  /** Settles when the first connection is made or has failed: operations wait for it, later ones for none. */
  #firstConnection: Promise<void> | undefined;
  #settleFirstConnection = () => {};
  #closing: Promise<void> | undefined;

  constructor(options: RedisOptions, host: DriverHost) {
    this.#options = options;
    this.#firstConnection = new Promise(resolve => {
      this.#settleFirstConnection = () => {
        this.#firstConnection = undefined;
        resolve();
      };
    });
    this.#connection = connect(options, {
      connected: () => {
        this.#settleFirstConnection();
        host.connected();
      },
      disconnected: error => {
        this.#settleFirstConnection();
        host.disconnected(toCacheError(error));
      },
    });
    this.#checkTimer = setInterval(() => this.#connection.check(), CHECK_INTERVAL_MS).unref();
  }

  async get(key: string): Promise<string | undefined> {
    return this.#run(async () => (await this.#connection.commands(key).get(key)) ?? undefined);
  }

  async set(key: string, value: string, ttlMs?: number): Promise<void> {
    const expiry = ttlMs === undefined ? undefined : { expiration: { type: 'PX', value: ttlMs } as const };
    await this.#run(() => this.#connection.commands(key).set(key, value, expiry));
  }

  async delete(key: string): Promise<void> {
    await this.#run(() => this.#remove([key]));
  }

  async clear(prefix: string): Promise<void> {
    const { clearBatchSize = 1000 } = this.#options;
    await this.#run(async () => {
      const batch: string[] = [];
      for (const master of await this.#connection.masters()) {
        for await (const found of master.scanIterator({ MATCH: toGlobPattern(prefix), COUNT: clearBatchSize })) {
          batch.push(...found.filter(key => key.startsWith(prefix)));
          while (batch.length >= clearBatchSize) await this.#remove(batch.splice(0, clearBatchSize));
        }
      }
      if (batch.length > 0) await this.#remove(batch);
    });
  }

  close(): Promise<void> {
    return (this.#closing ??= this.#close());
  }

  async #run<T>(operation: () => Promise<T>): Promise<T> {
    if (this.#firstConnection) await this.#firstConnection;
    if (this.#closing) throw new CacheError('CACHE_CLOSED', 'The Redis store is closed');
    try {
      return await operation();
    } catch (error) {
      if (error instanceof Error && error.message.startsWith('READONLY')) this.#connection.readOnly();
      throw toCacheError(error);
    }
  }

  async #remove(keys: string[]): Promise<unknown> {
    const commands = this.#connection.commands(keys[0] ?? '');
    return (this.#options.useUnlink ?? true) ? commands.unlink(keys) : commands.del(keys);
  }

  async #close(): Promise<void> {
    clearInterval(this.#checkTimer);
    this.#settleFirstConnection();
    await this.#connection.close();
  }
}

function connect({ topology, connectTimeoutMs }: RedisOptions, events: ConnectionEvents): RedisConnection {
  switch (topology.kind) {
    case 'standalone': {
      const { host, port, ...access } = topology.node;
      return createNodeConnection({ locate: async () => ({ host, port }), access, connectTimeoutMs }, events);
    }
    case 'sentinel': {
      const locate = createSentinelLocator(topology, connectTimeoutMs);
      return createNodeConnection({ locate, access: topology.access, connectTimeoutMs }, events);
    }
    case 'cluster':
      return createClusterConnection(topology, connectTimeoutMs, events);
  }
}
