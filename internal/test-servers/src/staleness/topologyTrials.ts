import { sendCommands } from '../protocol/sendCommands';
import type { ServerAddress } from '../protocol/serverAddress';
import { startRedisCluster, startValkeyCluster } from '../topologies/testCluster';
import { startRedisSentinel, startValkeySentinel } from '../topologies/testSentinelSet';
import type { Trial } from './runTrials';

/** A trial, and a function that stops its servers. */
export interface OpenedTopologyTrial {
  readonly trial: Pick<Trial, 'fault' | 'in' | 'ownWrites'>;
  stop(): Promise<void>;
}

type RespStore = 'redis' | 'valkey';

const plan = { pauseMs: 20 };
// What a process wrote just before a failover may be lost or not. Only the foreign writer finds out, so the processes do not write.
const ownWrites = false;
const nodeTimeout = ['--cluster-node-timeout', '500'];

/** A master with sentinels that is killed, and replaced by its replica. */
export async function openSentinelTrial(store: RespStore): Promise<OpenedTopologyTrial> {
  const set = await { redis: startRedisSentinel, valkey: startValkeySentinel }[store]();
  const rootNodes = set.sentinels.map(({ host, port }) => ({ host, port }));
  const isMaster = async (server: ServerAddress) =>
    String((await sendCommands(server, [['ROLE']]))[0]).startsWith('master,');
  return {
    trial: {
      in: {
        store,
        servers: set.servers,
        isMaster,
        config: { store, [store]: { sentinel: { name: set.name, rootNodes } } },
      },
      ownWrites,
      fault: {
        name: 'failover by sentinels',
        plan,
        async run({ server, part, emptying }) {
          await part(0.2);
          await emptying(() => server.kill());
          await set.waitForFailover(server);
          await part(0.2);
        },
      },
    },
    stop: () => set.stop(),
  };
}

/** A master of a cluster that is killed, and replaced by its replica. */
export async function openClusterTrial(store: RespStore): Promise<OpenedTopologyTrial> {
  const cluster = await startCluster(store, 1);
  return {
    trial: {
      in: toClusterStore(store, cluster.nodes),
      ownWrites,
      fault: {
        name: 'failover in a cluster',
        plan,
        async run({ server, part, emptying }) {
          await part(0.2);
          await emptying(() => server.kill());
          await cluster.waitUntilFine(cluster.nodes.filter(node => node !== server));
          await part(0.2);
        },
      },
    },
    stop: () => cluster.stop(),
  };
}

/** A node of a cluster that is killed and comes back empty, as it has no replica. */
export async function openLostNodeTrial(store: RespStore): Promise<OpenedTopologyTrial> {
  const cluster = await startCluster(store, 0);
  return {
    trial: {
      in: toClusterStore(store, cluster.nodes),
      ownWrites,
      fault: {
        name: 'a node of a cluster lost, and back',
        plan,
        async run({ server, part, emptying }) {
          await part(0.2);
          await emptying(() => server.kill());
          await part(0.3);
          await server.start();
          await cluster.waitUntilFine();
          await part(0.2);
        },
      },
    },
    stop: () => cluster.stop(),
  };
}

function startCluster(store: RespStore, replicasPerMaster: number) {
  return { redis: startRedisCluster, valkey: startValkeyCluster }[store]({ replicasPerMaster, args: nodeTimeout });
}

function toClusterStore(store: RespStore, nodes: Trial['in']['servers']): Trial['in'] {
  const rootNodes = nodes.map(({ host, port }) => ({ url: `redis://${host}:${port}` }));
  return { store, servers: nodes, config: { store, [store]: { cluster: { rootNodes } } } };
}
