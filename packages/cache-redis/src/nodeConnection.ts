import { CacheError } from '@greenroom/cache-core';
import { toReconnectDelayMs } from '@greenroom/resp';
import type { NodeAccess } from '@greenroom/resp';
import { drain } from './drain';
import { createNodeClient } from './nodeClient';
import type { NodeClient, ServerAddress } from './nodeClient';
import { createPingWatch } from './pingWatch';
import type { ConnectionEvents, RedisConnection } from './redisConnection';

/** How to reach one server, which can be another one each time. */
export interface NodeConnectionOptions {
  /** Where the server is now. */
  readonly locate: () => Promise<ServerAddress>;
  readonly access: NodeAccess;
  readonly connectTimeoutMs: number | undefined;
}

/** A server that stays read-only is asked for again no more often than this. */
const READ_ONLY_INTERVAL_MS = 5000;

/** A connection to one server: lost ones are replaced by a new client, which is looked up anew. */
export function createNodeConnection(options: NodeConnectionOptions, events: ConnectionEvents): RedisConnection {
  return new NodeConnection(options, events);
}

class NodeConnection implements RedisConnection {
  readonly #options: NodeConnectionOptions;
  readonly #events: ConnectionEvents;
  /** Connected and ready. */
  #client: NodeClient | undefined;
  #connecting: NodeClient | undefined;
  #failures = 0;
  #retryTimer: NodeJS.Timeout | undefined;
  #watch: (() => void) | undefined;
  #readOnlyAtMs = -Infinity;
  #closed = false;

  constructor(options: NodeConnectionOptions, events: ConnectionEvents) {
    this.#options = options;
    this.#events = events;
    void this.#connect();
  }

  commands(): NodeClient {
    if (!this.#client) throw new CacheError('CACHE_UNAVAILABLE', 'Redis is not connected');
    return this.#client;
  }

  async masters(): Promise<readonly NodeClient[]> {
    return [this.commands()];
  }

  check(): void {
    this.#watch?.();
  }

  readOnly(): void {
    if (this.#closed || performance.now() - this.#readOnlyAtMs < READ_ONLY_INTERVAL_MS) return;
    this.#readOnlyAtMs = performance.now();
    if (!this.#connecting && !this.#retryTimer) void this.#connect();
  }

  async close(): Promise<void> {
    this.#closed = true;
    clearTimeout(this.#retryTimer);
    const client = this.#client;
    if (client?.isReady) await drain(client.close());
    // Also when it counts as closed already: a server that does not answer keeps its socket until then.
    client?.destroy();
    this.#connecting?.destroy();
  }

  /** Makes a connection and puts it in the place of the one before. Never rejects. */
  async #connect(): Promise<void> {
    let client: NodeClient | undefined;
    try {
      const address = await this.#options.locate();
      if (this.#closed) return;
      client = createNodeClient(address, this.#options.access, this.#options.connectTimeoutMs);
      this.#connecting = client;
      const connecting = client;
      client.on('error', error => this.#lose(connecting, error));
      await client.connect();
      this.#use(client);
    } catch (error) {
      this.#lose(client, error);
    }
  }

  #use(client: NodeClient): void {
    const before = this.#client;
    this.#client = client;
    this.#connecting = undefined;
    this.#failures = 0;
    const silent = new CacheError('CACHE_TIMEOUT', 'Redis does not answer');
    this.#watch = createPingWatch(client, () => this.#lose(client, silent));
    if (before?.isOpen) before.destroy();
    this.#events.connected();
  }

  /** A client can tell of its end more than once: by an event, and by a promise. */
  #lose(client: NodeClient | undefined, error: unknown): void {
    if (client && client !== this.#client && client !== this.#connecting) return;
    if (client?.isOpen) client.destroy();
    if (client === this.#client) this.#client = undefined;
    this.#connecting = undefined;
    if (this.#closed) return;
    if (!this.#client) this.#events.disconnected(error);
    this.#retryTimer ??= setTimeout(() => {
      this.#retryTimer = undefined;
      void this.#connect();
    }, toReconnectDelayMs(this.#failures++));
  }
}
