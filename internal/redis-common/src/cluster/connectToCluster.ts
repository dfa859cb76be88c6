import { CacheError } from '@greenroom/cache-core';
import type { DriverHost } from '@greenroom/cache-core';
import { createWaitingRoom, toBackOffMs } from '@greenroom/cache-core/connection';
import type { WaitingRoom } from '@greenroom/cache-core/connection';
import { askServer } from '../connection/askServer';
import { SLOT_COUNT, toClusterSlot } from './clusterSlot';
import { readClusterSlots, readHostNames, readRedirection, toServerAddress } from './clusterReplies';
import type { Redirection } from './clusterReplies';
import { createNodeConnection } from '../connection/nodeConnection';
import type { NodeConnection } from '../connection/nodeConnection';
import type { ServerAddress } from '../config/serverAddress';
import type { ClientFactory, CommandSender, RespReply } from '../connection/clientAdapter';
import type { ConnectionTimes, Master, StoreConnection } from '../connection/storeConnection';
import { failureOf } from '../errors/serverFailure';
import { toAddressName, toServerName } from '../errors/serverPlace';
import { toTopologyName } from '../errors/topologyName';
import { clusterOptions } from '../config/topology';
import type { ClusterTopology } from '../config/topology';
import { withDeadline } from '../connection/withDeadline';
import { createSlotMap } from './slotMap';
import type { ClusterView, SlotMap } from './slotMap';
import { withNodeNames } from './withNodeNames';
import { createWritesByKey } from './writesByKey';
import type { RoutedWrite } from './writesByKey';

/** How often the states of the nodes are checked. */
const CHECK_INTERVAL_MS = 500;
/** MOVED reports a moved slot at once. Other changes, such as new replicas, are found only by reading the slots again. */
const REFRESH_EVERY_CHECKS = 10;
const REFRESH_TIMEOUT_MS = 1000;
/** Longest wait for the answer of a root node, after which it is asked again. */
const MAX_ROOT_TIMEOUT_MS = 60_000;
/** How long a replica is not read from after a failed read. */
const AVOIDED_MS = 1000;
const READ_SLOTS = ['CLUSTER', 'SLOTS'];

/** Connects to the nodes of a cluster, and follows moved slots and failovers. */
export function connectToCluster(
  clients: ClientFactory,
  topology: ClusterTopology,
  times: ConnectionTimes,
  host: DriverHost,
): StoreConnection {
  return new ClusterConnection(clients, topology, times, host);
}

class ClusterConnection implements StoreConnection {
  readonly multiKey = false;
  readonly #clients: ClientFactory;
  readonly #topology: ClusterTopology;
  readonly #times: ConnectionTimes;
  readonly #host: DriverHost;
  /** Holds operations until the slots have been read for the first time, or could not be read. */
  readonly #room: WaitingRoom;
  readonly #nodes = new Map<string, NodeConnection>();
  /** Closing connections to nodes that have left the cluster; they end when the nodes have answered what was sent. */
  readonly #leaving = new Set<Promise<unknown>>();
  readonly #slots: SlotMap = createSlotMap();
  readonly #writes = createWritesByKey(SLOT_COUNT);
  /** Replicas that failed, each with the time at which it may be read from again. */
  readonly #avoidedUntilMs = new Map<string, number>();
  /**
   * Set once the slots have been read, or could not be read. From then on operations do not wait for new connections, unless
   * `minimizeConnections` is set.
   */
  #isStarted = false;
  #refreshing = false;
  #retryTimer: NodeJS.Timeout | undefined;
  #failures = 0;
  #checksUntilRefresh = REFRESH_EVERY_CHECKS;
  readonly #checkTimer: NodeJS.Timeout;
  readonly #closing = new AbortController();

  constructor(clients: ClientFactory, topology: ClusterTopology, times: ConnectionTimes, host: DriverHost) {
    this.#clients = clients;
    this.#topology = topology;
    this.#times = times;
    this.#host = host;
    this.#room = createWaitingRoom(() => this.#name(), times.commandTimeoutMs);
    this.#checkTimer = setInterval(() => this.#check(), CHECK_INTERVAL_MS).unref();
    this.#refresh();
  }

  send(key: string, args: readonly string[], sinceMs = performance.now()): Promise<RespReply> {
    return this.#room.run(() => {
      const slot = toClusterSlot(key);
      if (args[0] === 'GET') return this.#read(slot, key, args, sinceMs);
      // A SET with NX may change nothing, so it does not replace an earlier write.
      if (args[3] === 'NX') return this.#route(slot, key, args, sinceMs);
      return this.#writes.run(slot, key, write => this.#route(slot, key, args, sinceMs, write));
    }, sinceMs);
  }

  masters(): Promise<readonly Master[]> {
    return this.#room.run(async () => {
      if (!this.#slots.isKnown) throw this.#toUnavailableError();
      const unserved = this.#unservedSlots();
      const masters = [...this.#slots.masters()].map(async (address): Promise<readonly Master[]> => {
        try {
          return await this.#nodeAt(address).masters();
        } catch (error) {
          return [{ address: toAddressName(toServerAddress(address)), client: undefined, error }];
        }
      });
      return [...(await Promise.all(masters)).flat(), ...unserved];
    });
  }

  /** Slots without a node count as a server that cannot be asked: the node that had them before may come back. */
  #unservedSlots(): readonly Master[] {
    const count = this.#slots.countUnserved();
    if (count === 0) return [];
    return [{ address: `slots-without-a-node:${count}`, client: undefined, error: this.#toUnavailableError() }];
  }

  servers(): readonly string[] {
    const nodes = [...this.#nodes.keys()].map(toServerAddress);
    return (nodes.length > 0 ? nodes : this.#topology.rootNodes).map(toAddressName);
  }

  connections(): number {
    return [...this.#nodes.values()].reduce((count, node) => count + node.connections(), 0);
  }

  becameReadOnly(): void {
    this.#checksUntilRefresh = 0;
  }

  async close(): Promise<void> {
    this.#closing.abort();
    clearInterval(this.#checkTimer);
    clearTimeout(this.#retryTimer);
    this.#room.close();
    await Promise.all([...this.#nodes.values()].map(node => node.close()));
    await Promise.all(this.#leaving);
  }

  #check(): void {
    const isWhole = [...this.#nodes.values()].every(node => node.state === 'connected');
    if (--this.#checksUntilRefresh <= 0 || !isWhole) this.#refresh();
  }

  /** Reads from a replica if that is configured, and from the master when the replica fails. */
  async #read(slot: number, key: string, args: readonly string[], sinceMs: number): Promise<RespReply> {
    const replica = this.#topology.useReplicas ? this.#replicaOf(slot) : undefined;
    if (replica === undefined) return this.#route(slot, key, args, sinceMs);
    try {
      const answer = this.#nodeAt(replica).send(key, args, sinceMs);
      return await withDeadline(answer, {
        timeoutMs: this.#times.commandTimeoutMs / 2,
        error: this.#toUnavailableError(),
      });
    } catch (error) {
      const redirection = readRedirection(error, toServerAddress(replica).host);
      if (redirection) return this.#follow(error, replica, args, sinceMs, undefined);
      this.#avoidedUntilMs.set(replica, performance.now() + AVOIDED_MS);
      return this.#route(slot, key, args, sinceMs);
    }
  }

  /** Picks a usable node of the shard at random; `undefined` means the master. */
  #replicaOf(slot: number): string | undefined {
    const shard = this.#slots.shardOf(slot);
    if (!shard) return undefined;
    const nowMs = performance.now();
    // `#nodeAt` also starts connecting to a replica. Until that is ready, other nodes are read.
    const usable = shard.replicas.filter(
      replica => this.#nodeAt(replica).state === 'connected' && !(nowMs < (this.#avoidedUntilMs.get(replica) ?? 0)),
    );
    const master = this.#nodes.get(shard.master);
    const isMasterUsable = !master || master.state !== 'disconnected';
    return usable[Math.floor(Math.random() * (usable.length + (isMasterUsable ? 1 : 0)))];
  }

  async #route(
    slot: number,
    key: string,
    args: readonly string[],
    sinceMs: number,
    write?: RoutedWrite,
  ): Promise<RespReply> {
    const address = this.#masterOf(slot);
    try {
      return await this.#nodeAt(address).send(key, args, sinceMs);
    } catch (error) {
      return this.#follow(error, address, args, sinceMs, write);
    }
  }

  #masterOf(slot: number): string {
    const shard = this.#slots.shardOf(slot);
    if (!shard) throw this.#toUnavailableError();
    return shard.master;
  }

  /** Follows redirections up to the limit. Throws any other error. */
  async #follow(
    error: unknown,
    from: string,
    args: readonly string[],
    sinceMs: number,
    write: RoutedWrite | undefined,
  ): Promise<RespReply> {
    const { maxCommandRedirections = clusterOptions.maxCommandRedirections.default } = this.#topology;
    let address = from;
    let failure = error;
    for (let count = 0; ; count++) {
      const redirection = readRedirection(failure, toServerAddress(address).host);
      if (redirection?.kind === 'MOVED') this.#move(redirection);
      if (!redirection) this.#noteFailure(failure);
      // The caller has timed out; writing now could overwrite a newer value.
      const isLate = performance.now() - sinceMs >= this.#times.commandTimeoutMs;
      if (!redirection || isLate || count >= maxCommandRedirections) throw failure;
      if (write?.overtakenBy) return write.overtakenBy;
      address = redirection.address;
      try {
        return await this.#sendTo(redirection, args, sinceMs);
      } catch (next) {
        failure = next;
      }
    }
  }

  #sendTo({ kind, address }: Redirection, args: readonly string[], sinceMs: number): Promise<RespReply> {
    const node = this.#nodeAt(address);
    return kind === 'ASK' ? node.use(client => sendAsking(client, args), sinceMs) : node.send('', args, sinceMs);
  }

  #move({ slot, address }: Redirection): void {
    this.#slots.moved(slot, address);
    this.#checksUntilRefresh = 0;
  }

  #noteFailure(error: unknown): void {
    if (failureOf(error).reply?.startsWith('CLUSTERDOWN')) this.#checksUntilRefresh = 0;
  }

  /** Returns the connection to a node, and starts one if there is none. */
  #nodeAt(address: string): NodeConnection {
    const known = this.#nodes.get(address);
    if (known) return known;
    const { host } = toServerAddress(address);
    const node = createNodeConnection(
      this.#topology.useReplicas ? withReplicaReads(this.#clients) : this.#clients,
      {
        locate: async () => toServerAddress(address),
        // Host names can become known later than the address.
        access: () => withNodeNames(this.#topology.access, host, this.#namesOf(address)),
        times: this.#times,
        waitsForFirst: !this.#isStarted || (this.#topology.minimizeConnections ?? false),
      },
      {
        connected: () => this.#host.connected(),
        disconnected: error => this.#nodeLost(error),
      },
    );
    this.#nodes.set(address, node);
    return node;
  }

  /** Names that the certificate may be for: the node's own, and the hosts of the root nodes. */
  #namesOf(address: string): readonly string[] {
    const own = this.#slots.hostNameOf(address);
    return [...(own === undefined ? [] : [own]), ...this.#topology.rootNodes.map(({ host }) => host)];
  }

  /** A lost node is not a lost cluster: only its keys fail. */
  #nodeLost(error: CacheError): void {
    const isUsable = [...this.#nodes.values()].some(node => node.state !== 'disconnected');
    if (!isUsable) this.#host.disconnected(error);
    this.#refresh();
  }

  /** Reads the slots again, unless that is under way. */
  #refresh(): void {
    if (this.#closing.signal.aborted || this.#refreshing || this.#retryTimer) return;
    this.#checksUntilRefresh = REFRESH_EVERY_CHECKS;
    this.#slots.asked();
    this.#refreshing = true;
    const settled = (then: () => void) => {
      this.#refreshing = false;
      if (!this.#closing.signal.aborted) then();
    };
    this.#readShards().then(
      view => settled(() => this.#use(view)),
      (error: CacheError) => settled(() => this.#retry(error)),
    );
  }

  #retry(error: CacheError): void {
    this.#retryTimer = setTimeout(() => {
      this.#retryTimer = undefined;
      this.#refresh();
    }, toBackOffMs(this.#failures++));
    this.#isStarted = true;
    this.#room.open();
    if (!this.#slots.isKnown) this.#host.disconnected(error);
  }

  async #readShards(): Promise<ClusterView> {
    const connected = [...this.#nodes].filter(([, node]) => node.state === 'connected');
    const answers = connected.map(async ([address, node]) => {
      const deadline = { timeoutMs: REFRESH_TIMEOUT_MS, error: this.#toUnavailableError() };
      const reply = await withDeadline(node.send('', READ_SLOTS), deadline);
      return this.#toView(reply, toServerAddress(address));
    });
    return firstOf(answers).catch(() => this.#readShardsFromRoots());
  }

  async #readShardsFromRoots(): Promise<ClusterView> {
    const { rootNodes, access } = this.#topology;
    const timeoutMs = Math.min(this.#times.connectTimeoutMs, MAX_ROOT_TIMEOUT_MS);
    const limits = { timeoutMs, signal: this.#closing.signal };
    const answers = rootNodes.map(async ({ host, port }) => {
      const reply = await askServer(this.#clients, { ...access, host, port }, READ_SLOTS, limits);
      return this.#toView(reply, { host, port });
    });
    return firstOf(answers);
  }

  #toView(reply: RespReply, asked: ServerAddress): ClusterView {
    const shards = readClusterSlots(reply, asked.host, toServerName(this.#clients.serverName, asked));
    return { shards, hostNames: readHostNames(reply, asked.host) };
  }

  #use(view: ClusterView): void {
    const { useReplicas = false, minimizeConnections = false } = this.#topology;
    const isFirst = !this.#slots.isKnown;
    this.#failures = 0;
    const addresses = this.#slots.use(view, useReplicas);
    for (const [address, node] of this.#nodes) {
      if (addresses.has(address)) continue;
      this.#nodes.delete(address);
      this.#avoidedUntilMs.delete(address);
      const closed: Promise<unknown> = node.close().finally(() => this.#leaving.delete(closed));
      this.#leaving.add(closed);
    }
    if (!minimizeConnections) for (const address of addresses) this.#nodeAt(address);
    this.#isStarted = true;
    this.#room.open();
    if (isFirst && minimizeConnections) this.#host.connected();
  }

  #toUnavailableError(): CacheError {
    return new CacheError('CACHE_UNAVAILABLE', `A node of the ${this.#name()} is not known or not connected`);
  }

  #name(): string {
    return toTopologyName(this.#clients.serverName, this.#topology);
  }
}

/** The first answer; when all fail, the first failure. */
async function firstOf<T>(answers: readonly Promise<T>[]): Promise<T> {
  try {
    return await Promise.any(answers);
  } catch (error) {
    throw error instanceof AggregateError ? error.errors[0] : error;
  }
}

/** ASKING applies to the next command only, so both are written together. */
async function sendAsking(client: CommandSender, args: readonly string[]): Promise<RespReply> {
  const [, reply] = await Promise.all([client.send(['ASKING']), client.send(args)]);
  return reply;
}

/** Sends READONLY at the start: without it a replica redirects every read to its master. */
function withReplicaReads(clients: ClientFactory): ClientFactory {
  return {
    serverName: clients.serverName,
    createClient(server, onLost) {
      const client = clients.createClient(server, onLost);
      return {
        connect: async () => {
          await client.connect();
          await client.send(['READONLY']);
        },
        send: args => client.send(args),
        destroy: () => client.destroy(),
      };
    },
  };
}
