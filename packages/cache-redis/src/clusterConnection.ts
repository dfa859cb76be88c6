import { CacheError } from '@greenroom/cache-core';
import { createPingWatch, createWaitingRoom, toClusterSlot, toReconnectDelayMs } from '@greenroom/resp';
import type {
  ClusterTopology,
  ConnectionEvents,
  ConnectionTimes,
  RespConnection,
  RespReply,
  RespSender,
  WaitingRoom,
} from '@greenroom/resp';
import { createCluster } from 'redis';
import type { createClient } from 'redis';
import { toClientOptions } from './redisLibrary';

/** How long a node is tried again before the cluster is asked whether another one has taken its place. */
const TOPOLOGY_REFRESH_MS = 250;

/** Connections to the nodes of a cluster, which follow it when slots move or a master is replaced. */
export function createClusterConnection(
  topology: ClusterTopology,
  times: ConnectionTimes,
  events: ConnectionEvents,
): RespConnection {
  return new ClusterConnection(topology, times, events);
}

/** The client of one node, and where that is. */
type NodeClient = ReturnType<typeof createClient>;
interface NodeAddress {
  readonly host: string;
  readonly port: number;
}

type ClusterClient = ReturnType<typeof createClusterClient>;

function createClusterClient(topology: ClusterTopology, connectTimeoutMs: number) {
  const { rootNodes, access, useReplicas = false, maxCommandRedirections = 16 } = topology;
  const { RESP, ...options } = toClientOptions(access, connectTimeoutMs);
  return createCluster({
    RESP,
    rootNodes: rootNodes.map(({ host, port }) => ({ socket: { host, port } })),
    defaults: { ...options, socket: { ...options.socket, reconnectStrategy: toReconnectDelayMs } },
    commandOptions: { timeout: 0 },
    // Otherwise the whole cluster is unusable until every node of it is up.
    minimizeConnections: true,
    useReplicas,
    maxCommandRedirections,
    topologyRefreshOnReconnectionAttemptStrategy: TOPOLOGY_REFRESH_MS,
  });
}

class ClusterConnection implements RespConnection {
  readonly multiKey = false;
  readonly #topology: ClusterTopology;
  readonly #cluster: ClusterClient;
  readonly #events: ConnectionEvents;
  readonly #room: WaitingRoom;
  readonly #watches = new WeakMap<NodeClient, () => void>();
  /** Addresses of the nodes that are away. */
  readonly #failing = new Set<string>();
  readonly #retryTimers = new Set<NodeJS.Timeout>();
  #failures = 0;
  #closed = false;

  constructor(topology: ClusterTopology, times: ConnectionTimes, events: ConnectionEvents) {
    this.#topology = topology;
    this.#room = createWaitingRoom('Redis', times.commandTimeoutMs);
    this.#events = {
      connected: () => {
        // What has waited is sent before anything that the event leads to.
        this.#room.open();
        events.connected();
      },
      disconnected: error => {
        this.#room.open();
        events.disconnected(error);
      },
    };
    this.#cluster = createClusterClient(topology, times.connectTimeoutMs);
    this.#cluster.on('node-ready', (node: NodeAddress) => this.#nodeReady(node));
    this.#cluster.on('node-error', (error: unknown, node: NodeAddress) => this.#nodeFailed(error, node));
    this.#cluster.on('error', (error: unknown) => this.#reportLoss(error));
    void this.#connect();
  }

  send(key: string, words: readonly string[]): Promise<RespReply> {
    return this.#room.run(async () => {
      if (!this.#cluster.isReady) throw new CacheError('CACHE_UNAVAILABLE', 'The Redis cluster is not connected');
      // The client would wait for a node that it has never reached, and send what waits when the node comes up.
      if (this.#failing.size > 0 && this.#failing.has(this.#cluster.slots[toClusterSlot(key)]?.master.address ?? '')) {
        throw new CacheError('CACHE_UNAVAILABLE', 'A node of the Redis cluster is not connected');
      }
      return this.#cluster.sendCommand<RespReply>(key, words[0] === 'GET', [...words]);
    });
  }

  masters(): Promise<readonly RespSender[]> {
    return this.#room.run(async () => {
      const { masters } = this.#cluster;
      if (!this.#cluster.isReady || masters.some(({ address }) => this.#failing.has(address))) {
        throw new CacheError('CACHE_UNAVAILABLE', 'A node of the Redis cluster is not connected');
      }
      const clients = await Promise.all(masters.map(node => this.#cluster.nodeClient(node)));
      return clients.map(client => ({ send: words => client.sendCommand<RespReply>(words) }));
    });
  }

  check(): void {
    for (const address of this.#failing) {
      // It is no part of the cluster any more.
      if (!this.#cluster.nodeByAddress.has(address)) this.#failing.delete(address);
    }
    for (const client of this.#nodeClients()) {
      const watch = this.#watches.get(client) ?? createPingWatch(toWatched(client), () => this.#replace(client));
      this.#watches.set(client, watch);
      watch();
    }
  }

  readOnly(): void {
    // The cluster itself redirects writes to where the master is.
  }

  async close(idle: Promise<void>): Promise<void> {
    this.#closed = true;
    for (const timer of this.#retryTimers) clearTimeout(timer);
    this.#room.close();
    await idle;
    if (this.#cluster.isOpen) this.#cluster.destroy();
  }

  /** Never rejects. Asks the root nodes for the others, and connects to these unless that waits for their first use. */
  async #connect(): Promise<void> {
    try {
      await this.#cluster.connect();
    } catch (error) {
      this.#reportLoss(error);
      this.#retry(() => this.#connect());
      return;
    }
    if (this.#closed) this.#cluster.destroy();
    else if (this.#topology.minimizeConnections) this.#events.connected();
    else await Promise.all(this.#cluster.masters.map(({ address }) => this.#connectNode(address)));
  }

  async #connectNode(address: string): Promise<void> {
    const node = this.#cluster.nodeByAddress.get(address);
    if (!node) return;
    try {
      await this.#cluster.nodeClient(node);
    } catch (error) {
      this.#failing.add(address);
      this.#reportLoss(error);
      this.#retry(() => this.#connectNode(address));
    }
  }

  #nodeReady({ host, port }: NodeAddress): void {
    this.#failing.delete(`${host}:${port}`);
    this.#failures = 0;
    this.#events.connected();
  }

  #nodeFailed(error: unknown, { host, port }: NodeAddress): void {
    const address = `${host}:${port}`;
    const node = this.#cluster.nodeByAddress.get(address);
    this.#failing.add(address);
    // Of a node that was never reached: what waits for it is rejected by this, and it is tried again from the start.
    if (node?.connectPromise) node.client?.destroy();
    if (node?.connectPromise && this.#topology.minimizeConnections) this.#retry(() => this.#connectNode(address));
    this.#reportLoss(error);
  }

  #retry(connect: () => Promise<void>): void {
    if (this.#closed) return;
    const timer = setTimeout(() => {
      this.#retryTimers.delete(timer);
      void connect();
    }, toReconnectDelayMs(this.#failures++));
    this.#retryTimers.add(timer);
  }

  /** One node of several is not the cluster: its keys fail, the others go on. */
  #reportLoss(error: unknown): void {
    if (!this.#closed && !this.#nodeClients().some(client => client.isReady)) this.#events.disconnected(error);
  }

  #replace(client: NodeClient): void {
    if (this.#closed) return;
    client.destroy();
    this.#reportLoss(new CacheError('CACHE_TIMEOUT', 'Redis does not answer'));
    // Goes on by itself; what goes wrong is told by `node-error`.
    client.connect().catch((error: unknown) => this.#reportLoss(error));
  }

  #nodeClients(): readonly NodeClient[] {
    const nodes = [...this.#cluster.masters, ...this.#cluster.replicas];
    return nodes.flatMap(({ client }) => (client ? [client as unknown as NodeClient] : []));
  }
}

function toWatched(client: NodeClient) {
  return {
    get isReady() {
      return client.isReady;
    },
    send: (words: readonly string[]) => client.sendCommand<RespReply>(words),
  };
}
