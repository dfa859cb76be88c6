import { isSameServer } from './chooseMaster';
import { createNodeConnection } from './nodeConnection';
import type { NodeConnection } from './nodeConnection';
import type { ServerAddress, SocketAddress } from './serverAddress';
import { createRecentWrites } from './recentWrites';
import type { ClientLibrary, RespClient, RespReply, RespSender } from './respClient';
import type { ConnectionEvents, ConnectionTimes, RespConnection } from './respConnection';
import { connectToSentinels } from './sentinels';
import type { Sentinels } from './sentinels';
import type { SentinelTopology } from './topology';

/** Keys that one command removes. */
const BATCH_SIZE = 500;

/** A connection to the master that sentinels know, which follows when another one is made master. */
export function connectToSentinelMaster(
  library: ClientLibrary,
  topology: SentinelTopology,
  times: ConnectionTimes,
  events: ConnectionEvents,
): RespConnection {
  return new SentinelMasterConnection(library, topology, times, events);
}

class SentinelMasterConnection implements RespConnection {
  readonly multiKey = true;
  readonly #sentinels: Sentinels;
  readonly #master: NodeConnection;
  readonly #recentWrites = createRecentWrites();
  /** The server that is used, or was used last. */
  #used: ServerAddress | SocketAddress | undefined;
  /** The server that is used may not have what has been written lately. */
  #hasLost = false;
  /** Where the master is now, found out just before a connection is made there. */
  #found: ServerAddress | undefined;
  #isAsking = false;
  readonly #closing = new AbortController();

  constructor(library: ClientLibrary, topology: SentinelTopology, times: ConnectionTimes, events: ConnectionEvents) {
    this.#sentinels = connectToSentinels(library, topology, times.connectTimeoutMs, () => this.#sentinelConnected());
    this.#master = createNodeConnection(
      library,
      {
        locate: signal => this.#locate(signal),
        access: topology.access,
        times,
        use: (client, address) => this.#use(client, address),
      },
      events,
    );
  }

  send(key: string, words: readonly string[], sinceMs?: number): Promise<RespReply> {
    this.#recentWrites.add(words);
    return this.#master.send(key, words, sinceMs);
  }

  masters(): Promise<readonly RespSender[]> {
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

  readOnly(): void {
    this.#master.readOnly();
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

  /** An old master that lives on takes writes until a sentinel tells it, which can be ten seconds later: all of them are lost. */
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
      // Without a sentinel the master stays where it is. Where it is lost as well, the next attempt to find it tells why.
    } finally {
      this.#isAsking = false;
    }
  }

  /** Without a connection to the master, the next attempt is not waited for. */
  #sentinelConnected(): void {
    if (!this.#closing.signal.aborted && !this.#master.isReady && !this.#master.isStarting) this.#master.reconnect();
  }

  /**
   * Before anything else is sent to another master, what the one before has acknowledged lately is removed there: it may not have
   * got it, and would give the values of before.
   */
  #use(client: RespClient, address: ServerAddress | SocketAddress): void {
    const isOther = this.#used !== undefined && !isSameServer(this.#used, address);
    this.#used = address;
    if (!isOther && !this.#hasLost) return;
    this.#hasLost = false;
    const keys = this.#recentWrites.take();
    for (let start = 0; start < keys.length; start += BATCH_SIZE) {
      void this.#remove(client, keys.slice(start, start + BATCH_SIZE));
    }
  }

  /** Never rejects. */
  async #remove(client: RespClient, keys: readonly string[]): Promise<void> {
    for (const command of ['UNLINK', 'DEL']) {
      // What has been written since must stay.
      const left = command === 'UNLINK' ? keys : keys.filter(key => !this.#recentWrites.has(key));
      if (left.length === 0) return;
      try {
        await client.send([command, ...left]);
        return;
      } catch {
        if (client.isReady) continue;
        // The next connection tries again.
        this.#recentWrites.add([command, ...left]);
        this.#hasLost = true;
        return;
      }
    }
  }
}
