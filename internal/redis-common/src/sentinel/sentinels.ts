import { CacheError } from '@greenroom/cache-core';
import { cleanText } from '../errors/cleanText';
import { chooseMaster } from './chooseMaster';
import type { MasterOpinion } from './chooseMaster';
import { createNodeConnection } from '../connection/nodeConnection';
import type { NodeConnection } from '../connection/nodeConnection';
import type { ClientFactory, RespReply } from '../connection/clientAdapter';
import { accessOf } from '../config/serverNode';
import type { ServerNode } from '../config/serverNode';
import { toServerName } from '../errors/serverPlace';
import type { SentinelTopology } from '../config/topology';

/** Once one sentinel has answered, the others get this much longer. */
const GRACE_MS = 100;

/** The sentinels of a master, with one connection to each. */
export interface Sentinels {
  /**
   * Asks all sentinels for the master, and decides between their answers. Rejects with CACHE_UNAVAILABLE or CACHE_AUTH when
   * none of them can tell.
   */
  findMaster(signal: AbortSignal): Promise<MasterOpinion>;
  close(): Promise<void>;
}

/**
 * Connects to the sentinels. The sentinel modes of the client libraries are not used, because they queue and repeat commands during a
 * failover. The event `+switch-master` is not used either, because a silent sentinel would go unnoticed.
 *
 * @param connected - Called when a sentinel can be asked, for the first time or again.
 * @see https://redis.io/docs/latest/develop/reference/sentinel-clients/
 */
export function connectToSentinels(
  clients: ClientFactory,
  topology: SentinelTopology,
  connectTimeoutMs: number,
  connected: () => void,
): Sentinels {
  return new KeptSentinels(clients, topology, connectTimeoutMs, connected);
}

/** Share of the connect timeout that asking for the master may take. */
const ASKING_SHARE = 0.75;
const MAX_ASKING_MS = 10_000;

interface Sentinel {
  readonly name: string;
  readonly node: NodeConnection;
}

class KeptSentinels implements Sentinels {
  readonly #clients: ClientFactory;
  readonly #topology: SentinelTopology;
  readonly #connectTimeoutMs: number;
  readonly #sentinels: readonly Sentinel[];
  #believed: MasterOpinion | undefined;

  constructor(clients: ClientFactory, topology: SentinelTopology, connectTimeoutMs: number, connected: () => void) {
    this.#clients = clients;
    this.#topology = topology;
    this.#connectTimeoutMs = connectTimeoutMs;
    this.#sentinels = topology.rootNodes.map(server => this.#connect(server, connected));
  }

  async findMaster(signal: AbortSignal): Promise<MasterOpinion> {
    const { opinions, failures } = await this.#askAll(signal);
    if (opinions.length === 0) throw this.#toError(failures);
    this.#believed = chooseMaster(opinions, this.#sentinels.length, this.#believed);
    return this.#believed;
  }

  async close(): Promise<void> {
    await Promise.all(this.#sentinels.map(({ node }) => node.close()));
  }

  #connect(server: ServerNode, connected: () => void): Sentinel {
    const { host, port } = server;
    // Sentinels have no databases.
    const { database: _database, ...access } = { ...this.#topology.sentinelAccess, ...accessOf(server) };
    const times = { commandTimeoutMs: this.#connectTimeoutMs, connectTimeoutMs: this.#connectTimeoutMs };
    const options = { locate: async () => ({ host, port }), access: () => access, times };
    return {
      name: toServerName(`${this.#clients.serverName} sentinel`, server),
      node: createNodeConnection(this.#clients, options, { connected, disconnected() {} }),
    };
  }

  /** Collects answers until all have arrived, the time is up, or the grace period after the first answer has ended. */
  #askAll(signal: AbortSignal): Promise<{ opinions: readonly MasterOpinion[]; failures: readonly CacheError[] }> {
    const opinions: MasterOpinion[] = [];
    const failures: CacheError[] = [];
    return new Promise(resolve => {
      let graceTimer: NodeJS.Timeout | undefined;
      const finish = () => {
        clearTimeout(timer);
        clearTimeout(graceTimer);
        signal.removeEventListener('abort', finish);
        resolve({ opinions, failures });
      };
      const settled = () => {
        if (opinions.length + failures.length === this.#sentinels.length) finish();
        else if (opinions.length === 1) graceTimer ??= setTimeout(finish, GRACE_MS);
      };
      const timer = setTimeout(finish, Math.min(this.#connectTimeoutMs * ASKING_SHARE, MAX_ASKING_MS));
      if (signal.aborted) return finish();
      signal.addEventListener('abort', finish);
      for (const sentinel of this.#sentinels) {
        this.#ask(sentinel).then(
          opinion => {
            opinions.push(opinion);
            settled();
          },
          (error: CacheError) => {
            failures.push(error);
            settled();
          },
        );
      }
    });
  }

  async #ask({ name, node }: Sentinel): Promise<MasterOpinion> {
    // The epoch is read before the address, so the address is never older than it.
    const [description, address] = await Promise.all([
      node.send('', ['SENTINEL', 'MASTER', this.#topology.name]).catch(() => null),
      node.send('', ['SENTINEL', 'get-master-addr-by-name', this.#topology.name]),
    ]);
    if (!Array.isArray(address)) {
      throw new CacheError('CACHE_UNAVAILABLE', `${name} knows no master '${cleanText(this.#topology.name)}'`);
    }
    return { host: String(address[0]), port: Number(address[1]), epoch: readEpoch(description) };
  }

  #toError(failures: readonly CacheError[]): CacheError {
    const { serverName } = this.#clients;
    const { code, message } = failures.find(error => error.code === 'CACHE_AUTH') ??
      failures.at(-1) ?? { code: 'CACHE_UNAVAILABLE', message: 'they do not answer' };
    return new CacheError(
      code === 'CACHE_AUTH' ? code : 'CACHE_UNAVAILABLE',
      `No ${serverName} sentinel could tell where the master is: ${message}`,
    );
  }
}

/** Reads `config-epoch` from a list of names and values. The epoch rises with each failover. */
function readEpoch(description: RespReply): number | undefined {
  if (!Array.isArray(description)) return undefined;
  const fields = description as readonly RespReply[];
  const index = fields.findIndex((field, position) => position % 2 === 0 && field === 'config-epoch');
  const epoch = index === -1 ? NaN : Number(fields[index + 1]);
  return Number.isInteger(epoch) ? epoch : undefined;
}
