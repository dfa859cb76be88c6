import { CacheError } from '@greenroom/cache-core';
import type { CacheDriver, CacheDriverDefinition, DriverHost } from '@greenroom/cache-core';
import { createRedisClient } from './redisClient';
import type { RedisClient } from './redisClient';
import { toCacheError } from './redisError';
import { parseRedisOptions } from './redisOptions';
import type { RedisOptions } from './redisOptions';

/** Keeps entries in Redis, over one connection for the whole process. */
export const redisDriver: CacheDriverDefinition<RedisOptions> = {
  contractVersion: 1,
  store: 'redis',
  parseOptions: parseRedisOptions,
  policy: options => options,
  create: (options, host) => new RedisStore(options, host),
};

/** A ping goes out this often, and the connection is replaced when it is not answered by the next. */
const PING_INTERVAL_MS = 1000;
const DRAIN_TIMEOUT_MS = 1000;

class RedisStore implements CacheDriver {
  readonly #options: RedisOptions;
  readonly #host: DriverHost;
  readonly #client: RedisClient;
  /** Settles when the first connection is made or has failed: operations wait for it, later ones for none. */
  #firstConnection: Promise<void> | undefined;
  readonly #pingTimer: NodeJS.Timeout;
  #pingUnanswered = false;
  #closing: Promise<void> | undefined;

  constructor(options: RedisOptions, host: DriverHost) {
    this.#options = options;
    this.#host = host;
    this.#client = createRedisClient(options);
    this.#firstConnection = new Promise(resolve => {
      const settle = () => {
        this.#firstConnection = undefined;
        resolve();
      };
      this.#client.once('ready', settle).once('error', settle).once('end', settle);
    });
    this.#client.on('ready', () => host.connected());
    this.#client.on('error', error => this.#disconnected(error));
    this.#connect();
    this.#pingTimer = setInterval(() => this.#checkConnection(), PING_INTERVAL_MS).unref();
  }

  async get(key: string): Promise<string | undefined> {
    return this.#run(async () => (await this.#client.get(key)) ?? undefined);
  }

  async set(key: string, value: string, ttlMs?: number): Promise<void> {
    await this.#run(() =>
      ttlMs === undefined
        ? this.#client.set(key, value)
        : this.#client.set(key, value, { expiration: { type: 'PX', value: ttlMs } }),
    );
  }

  async delete(key: string): Promise<void> {
    await this.#run(() => this.#remove(key));
  }

  async clear(prefix: string): Promise<void> {
    const { clearBatchSize = 1000 } = this.#options;
    const pattern = `${prefix.replace(/[\\*?[\]]/g, '\\$&')}*`;
    await this.#run(async () => {
      const batch: string[] = [];
      for await (const found of this.#client.scanIterator({ MATCH: pattern, COUNT: clearBatchSize })) {
        batch.push(...found.filter(key => key.startsWith(prefix)));
        while (batch.length >= clearBatchSize) await this.#remove(batch.splice(0, clearBatchSize));
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
      throw toCacheError(error);
    }
  }

  #remove(keys: string | string[]): Promise<number> {
    return (this.#options.useUnlink ?? true) ? this.#client.unlink(keys) : this.#client.del(keys);
  }

  #connect(): void {
    // The client goes on trying by itself; this ends only when the client is closed or its options are refused.
    this.#client.connect().catch((error: unknown) => this.#disconnected(error));
  }

  #disconnected(error: unknown): void {
    if (!this.#closing) this.#host.disconnected(toCacheError(error));
  }

  #checkConnection(): void {
    // After a blocked event loop the answer may wait in the socket: it is read first.
    setImmediate(() => {
      if (this.#closing || !this.#client.isReady) {
        this.#pingUnanswered = false;
      } else if (this.#pingUnanswered) {
        this.#replaceConnection();
      } else {
        this.#ping();
      }
    });
  }

  #ping(): void {
    const answered = () => {
      this.#pingUnanswered = false;
    };
    this.#pingUnanswered = true;
    // An error is an answer too; a lost connection is reported by the client's own event.
    this.#client.ping().then(answered, answered);
  }

  #replaceConnection(): void {
    this.#pingUnanswered = false;
    this.#client.destroy();
    this.#host.disconnected(new CacheError('CACHE_TIMEOUT', 'Redis does not answer'));
    this.#connect();
  }

  async #close(): Promise<void> {
    clearInterval(this.#pingTimer);
    if (this.#client.isReady) await this.#drain();
    if (this.#client.isOpen) this.#client.destroy();
  }

  /** Lets operations in flight end, for a moment. */
  async #drain(): Promise<void> {
    let timer: NodeJS.Timeout | undefined;
    const expired = new Promise<void>(resolve => {
      timer = setTimeout(resolve, DRAIN_TIMEOUT_MS);
    });
    await Promise.race([this.#client.close(), expired]);
    clearTimeout(timer);
  }
}
