import { isSameServer } from './chooseMaster';
import type { DriverHost } from '@greenroom/cache-core';
import { createNodeConnection } from '../connection/nodeConnection';
import type { NodeConnection } from '../connection/nodeConnection';
import type { ServerAddress, SocketAddress } from '../config/serverAddress';
import { createRecentWrites } from './recentWrites';
import type { ClientFactory, RespReply, CommandSender } from '../connection/clientAdapter';
import { toAddressName } from '../errors/serverPlace';
import type { ConnectionTimes, Master, StoreConnection } from '../connection/storeConnection';
import { failureOf } from '../errors/serverFailure';
import { connectToSentinels } from './sentinels';
import type { Sentinels } from './sentinels';
import type { SentinelTopology } from '../config/topology';

/** How often the sentinels are asked for the master. */
const FOLLOW_INTERVAL_MS = 500;
/** Keys per UNLINK or DEL. */
const BATCH_SIZE = 500;

/** Connects to the master that the sentinels name, and follows a failover. */
export function connectToSentinelMaster(
  clients: ClientFactory,
  topology: SentinelTopology,
  times: ConnectionTimes,
  host: DriverHost,
): StoreConnection {
  return new SentinelMasterConnection(clients, topology, times, host);
}

class SentinelMasterConnection implements StoreConnection {
  readonly multiKey = true;
  readonly #sentinels: Sentinels;
  readonly #rootServers: readonly string[];
  readonly #master: NodeConnection;
  readonly #recentWrites = createRecentWrites();
  /** The master that is used, or was used last. */
  #used: ServerAddress | SocketAddress | undefined;
  /** Whether recent writes must still be removed from the master in use. */
  #isRemovalDue = false;
  /** The master for the next connection, if the sentinels have named it already. */
  #found: ServerAddress | undefined;
  #isAsking = false;
  readonly #followTimer: NodeJS.Timeout;
  readonly #closing = new AbortController();

  constructor(clients: ClientFactory, topology: SentinelTopology, times: ConnectionTimes, host: DriverHost) {
    this.#rootServers = topology.rootNodes.map(toAddressName);
    this.#sentinels = connectToSentinels(clients, topology, times.connectTimeoutMs, () => this.#sentinelConnected());
    this.#master = createNodeConnection(
      clients,
      {
        locate: signal => this.#locate(signal),
        access: () => topology.access,
        times,
        prepare: (client, address) => this.#prepare(client, address),
      },
      host,
    );
    this.#followTimer = setInterval(() => void this.#follow(), FOLLOW_INTERVAL_MS).unref();
  }

  send(key: string, args: readonly string[], sinceMs?: number): Promise<RespReply> {
    this.#recentWrites.add(args);
    return this.#master.send(key, args, sinceMs);
  }

  masters(): Promise<readonly Master[]> {
    return this.#master.masters();
  }

  servers(): readonly string[] {
    const found = this.#master.servers();
    return found.length > 0 ? found : this.#rootServers;
  }

  connections(): number {
    return this.#master.connections();
  }

  becameReadOnly(): void {
    this.#master.becameReadOnly();
  }

  async close(): Promise<void> {
    this.#closing.abort();
    clearInterval(this.#followTimer);
    await Promise.all([this.#sentinels.close(), this.#master.close()]);
  }

  async #locate(signal: AbortSignal): Promise<ServerAddress> {
    const { host, port } = this.#found ?? (await this.#sentinels.findMaster(signal));
    this.#found = undefined;
    return { host, port };
  }

  /**
   * Polls the sentinels, because after a failover an old master that is still alive takes writes for up to ten seconds, and all of them
   * are lost.
   */
  async #follow(): Promise<void> {
    if (this.#master.state === 'connected') this.#recentWrites.age();
    if (this.#isAsking) return;
    this.#isAsking = true;
    try {
      const found = await this.#sentinels.findMaster(this.#closing.signal);
      const { target } = this.#master;
      if (this.#closing.signal.aborted || !target || isSameServer(found, target)) return;
      this.#found = found;
      this.#master.reconnect();
    } catch {
      // No sentinel answers, so the master stays. If it is lost too, the next lookup reports the error.
    } finally {
      this.#isAsking = false;
    }
  }

  /** Called when a sentinel is back: a lost master is reconnected now, not after the back-off. */
  #sentinelConnected(): void {
    if (this.#master.state === 'disconnected') this.#master.reconnect();
  }

  /**
   * A new master may lack the latest writes to the one before, and would return older values. So the keys of these writes are removed
   * from it before anything else is sent.
   */
  #prepare(client: CommandSender, address: ServerAddress | SocketAddress): void {
    const isOther = this.#used !== undefined && !isSameServer(this.#used, address);
    this.#used = address;
    if (!isOther && !this.#isRemovalDue) return;
    this.#isRemovalDue = false;
    const keys = this.#recentWrites.take();
    for (let start = 0; start < keys.length; start += BATCH_SIZE) {
      void this.#remove(client, keys.slice(start, start + BATCH_SIZE));
    }
  }

  /** Never rejects. */
  async #remove(client: CommandSender, keys: readonly string[]): Promise<void> {
    for (const command of ['UNLINK', 'DEL']) {
      // Values written since then must stay.
      const left = command === 'UNLINK' ? keys : keys.filter(key => !this.#recentWrites.has(key));
      if (left.length === 0) return;
      try {
        await client.send([command, ...left]);
        return;
      } catch (error) {
        if (failureOf(error).reply !== undefined) continue;
        // The next connection tries again.
        this.#recentWrites.add([command, ...left]);
        this.#isRemovalDue = true;
        return;
      }
    }
  }
}
