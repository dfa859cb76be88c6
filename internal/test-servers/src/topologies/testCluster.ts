import { once } from '../helpers/once';
import { waitUntil } from '../helpers/promises';
import { sendCommands } from '../protocol/sendCommands';
import { createRespSecurity, type RespSecurityOptions } from '../servers/createRespSecurity';
import { addRespServer } from '../servers/respServer';
import { startGroup } from '../servers/startGroup';
import type { TestServer } from '../servers/testServer';
import { planCluster } from './planCluster';

/** How to run a redis or valkey cluster. */
export interface RespClusterOptions extends RespSecurityOptions {
  /** At least 3 are needed for a failover. @defaultValue 3 */
  readonly masters?: number;
  /** @defaultValue 0 */
  readonly replicasPerMaster?: number;
  /** More arguments of every node. @defaultValue none; a node counts as failed after 2 s of silence */
  readonly args?: readonly string[];
}

/** A cluster that covers all slots. */
export interface TestCluster {
  /** The nodes, masters first. Stopping one does not affect the others. */
  readonly nodes: readonly TestServer[];
  /** The nodes that were masters at the start. */
  readonly masters: readonly TestServer[];
  /** The nodes that were replicas at the start: all of the first master, then all of the second, and so on. */
  readonly replicas: readonly TestServer[];
  /** Resolves once these nodes report a healthy cluster, and replicas among them are up to date. @param nodes - All, when absent. */
  waitUntilFine(nodes?: readonly TestServer[]): Promise<void>;
  /**
   * Makes the nodes announce these ports to clients, in the order of `nodes`. Resolves once every node lists them all, which takes until the
   * nodes have told each other.
   */
  announcePorts(ports: readonly number[]): Promise<void>;
  /** Ends all nodes for good. Can be called any number of times. */
  stop(): Promise<void>;
}

const formTimeoutMs = 20_000;

/** Starts a real redis cluster on free ports, empty, and resolves once every node says that it is fine and lists all replicas. */
export function startRedisCluster(options: RespClusterOptions = {}): Promise<TestCluster> {
  return startRespCluster('redis', options);
}

/** Starts a real valkey cluster on free ports, empty, and resolves once every node says that it is fine and lists all replicas. */
export function startValkeyCluster(options: RespClusterOptions = {}): Promise<TestCluster> {
  return startRespCluster('valkey', options);
}

async function startRespCluster(
  kind: 'redis' | 'valkey',
  { masters = 3, replicasPerMaster = 0, args = [], ...options }: RespClusterOptions,
): Promise<TestCluster> {
  const security = await createRespSecurity(options);
  const size = masters * (1 + replicasPerMaster);
  return startGroup(kind, size * 2, async (group, ports) => {
    const plan = planCluster(ports.slice(0, size), ports.slice(size), masters);
    const nodes = await Promise.all(
      plan.map(({ port, args: nodeArgs, files }) =>
        addRespServer(group, { kind, port, security, files, args: [...nodeArgs, ...args] }),
      ),
    );
    await Promise.all(nodes.map(node => node.start()));
    await waitUntilFine(nodes);
    const replicas = nodes.slice(masters);
    await waitUntilListed(toPorts(replicas), nodes);
    return {
      nodes,
      masters: nodes.slice(0, masters),
      replicas,
      waitUntilFine: (some = nodes) => waitUntilFine(some),
      async announcePorts(announced) {
        const toCommand = (index: number) => ['CONFIG', 'SET', 'cluster-announce-port', String(announced[index])];
        await Promise.all(nodes.map((node, index) => sendCommands(node, [toCommand(index)])));
        await waitUntilListed(announced, nodes);
      },
      stop: once(async () => {
        await Promise.all(nodes.map(node => node.stop()));
        await group.close();
      }),
    };
  });
}

async function waitUntilFine(nodes: readonly TestServer[]): Promise<void> {
  await Promise.all(
    nodes.map(node =>
      waitUntil(`the cluster node at port ${node.port} is fine`, formTimeoutMs, () => refuseUnlessFine(node)),
    ),
  );
}

const toPorts = (nodes: readonly TestServer[]) => nodes.map(({ port }) => port);

/** Waits until every node tells clients about nodes at these ports. */
async function waitUntilListed(ports: readonly number[], nodes: readonly TestServer[]): Promise<void> {
  if (ports.length === 0) return;
  await Promise.all(
    nodes.map(node =>
      waitUntil(`the cluster node at port ${node.port} lists the ports ${ports.join()}`, formTimeoutMs, async () => {
        const slots = JSON.stringify(await sendCommands(node, [['CLUSTER', 'SLOTS']]));
        if (!ports.every(port => slots.includes(`,${port},`))) throw new Error(slots);
      }),
    ),
  );
}

async function refuseUnlessFine(node: TestServer): Promise<void> {
  const [cluster, replication] = await sendCommands(node, [
    ['CLUSTER', 'INFO'],
    ['INFO', 'replication'],
  ]);
  if (!String(cluster).includes('cluster_state:ok')) throw new Error(String(cluster));
  if (String(replication).includes('master_link_status:down')) throw new Error(String(replication));
}
