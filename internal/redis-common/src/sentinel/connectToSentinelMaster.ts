import { isSameServer } from './chooseMaster';
import { createNodeConnection } from '../connection/nodeConnection';
import type { NodeConnection } from '../connection/nodeConnection';
import type { ServerAddress, SocketAddress } from '../config/serverAddress';
import { createRecentWrites } from './recentWrites';
import type { ClientAdapter, ServerClient, RespReply, CommandSender } from '../connection/clientAdapter';
import type { ConnectionEvents, ConnectionTimes, StoreConnection } from '../connection/storeConnection';
import { connectToSentinels } from './sentinels';
import type { Sentinels } from './sentinels';
import type { SentinelTopology } from '../config/topology';

/** Keys per UNLINK or DEL. */
const BATCH_SIZE = 500;

/** Connects to the master that the sentinels name, and follows a failover. */
export function connectToSentinelMaster(
  adapter: ClientAdapter,
  topology: SentinelTopology,
  times: ConnectionTimes,
  events: ConnectionEvents,
): StoreConnection {
  return new SentinelMasterConnection(adapter, topology, times, events);
}

class SentinelMasterConnection implements StoreConnection {
  readonly multiKey = true;
  readonly #sentinels: Sentinels;
  readonly #master: NodeConnection;
  readonly #recentWrites = createRecentWrites();
  /** The master that is used, or was used last. */
  #used: ServerAddress | SocketAddress | undefined;
  /** Recent writes have yet to be removed from the master that is used. */
  #isRemovalDue = false;
  /** The master for the next connection, where the sentinels have named it already. */
  #found: ServerAddress | undefined;
  #isAsking = false;
  readonly #closing = new AbortController();

  constructor(adapter: ClientAdapter, topology: SentinelTopology, times: ConnectionTimes, events: ConnectionEvents) {
    this.#sentinels = connectToSentinels(adapter, topology, times.connectTimeoutMs, () => this.#sentinelConnected());
    this.#master = createNodeConnection(
      adapter,
      {
        locate: signal => this.#locate(signal),
        access: topology.access,
        times,
        prepare: (client, address) => this.#prepare(client, address),
      },
      events,
    );
  }

  send(key: string, args: readonly string[], sinceMs?: number): Promise<RespReply> {
    this.#recentWrites.add(args);
    return this.#master.send(key, args, sinceMs);
  }

  masters(): Promise<readonly CommandSender[]> {
    return this.#master.masters();
  }

  connections(): number {
    return this.#master.connections();
  }

  check(): void {
    this.#sentinels.check();
    this.#master.check();
    if (this.#master.isReady) this.#recentWrites.age();
    void this.#follow();
  }

  becameReadOnly(): void {
    this.#master.becameReadOnly();
  }

  async close(idle: Promise<void>): Promise<void> {
    this.#closing.abort();
    await Promise.all([this.#sentinels.close(), this.#master.close(idle)]);
  }

  async #locate(signal: AbortSignal): Promise<ServerAddress> {
    const { host, port } = this.#found ?? (await this.#sentinels.findMaster(signal));
    this.#found = undefined;
    return { host, port };
  }

  /**
   * Asks for the master with each check: after a failover an old master that is still alive takes writes for up to ten
   * seconds, and all of them are lost.
   */
  async #follow(): Promise<void> {
    if (this.#isAsking || this.#closing.signal.aborted) return;
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

  /** A sentinel is back: a missing master is connected now, not after the back-off. */
  #sentinelConnected(): void {
    if (!this.#closing.signal.aborted && !this.#master.isReady && !this.#master.isStarting) this.#master.reconnect();
  }

  /**
   * Another master may lack the latest writes of the one before, and would return older values. So their keys are removed
   * from it before anything else is sent.
   */
  #prepare(client: ServerClient, address: ServerAddress | SocketAddress): void {
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
  async #remove(client: ServerClient, keys: readonly string[]): Promise<void> {
    for (const command of ['UNLINK', 'DEL']) {
      // Values written since then must stay.
      const left = command === 'UNLINK' ? keys : keys.filter(key => !this.#recentWrites.has(key));
      if (left.length === 0) return;
      try {
        await client.send([command, ...left]);
        return;
      } catch {
        if (client.isReady) continue;
        // The next connection tries again.
        this.#recentWrites.add([command, ...left]);
        this.#isRemovalDue = true;
        return;
      }
    }
  }
}
