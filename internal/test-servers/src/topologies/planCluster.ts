import { randomBytes } from 'node:crypto';

/** A node of a cluster that has not been started yet. */
export interface NodePlan {
  readonly port: number;
  readonly args: readonly string[];
  readonly files: Readonly<Record<string, string>>;
}

interface Node {
  readonly id: string;
  readonly port: number;
  readonly busPort: number;
  /** Position of the shard: that of the master, or of the replica's master. */
  readonly shard: number;
  readonly isMaster: boolean;
}

const slotCount = 16_384;

/**
 * Plans a cluster in which every node knows all others, its slots and its master from the start, as after a restart of the whole cluster.
 * So the running nodes have nothing left to arrange.
 *
 * @param ports - Ports of the nodes, masters first.
 * @param busPorts - One for each node. Their default, port + 10000, may be out of range.
 */
export function planCluster(
  ports: readonly number[],
  busPorts: readonly number[],
  masters: number,
): readonly NodePlan[] {
  const replicasPerMaster = ports.length / masters - 1;
  const nodes = ports.map((port, index): Node => {
    const isMaster = index < masters;
    const shard = isMaster ? index : Math.floor((index - masters) / replicasPerMaster);
    return { id: randomBytes(20).toString('hex'), port, busPort: busPorts[index] ?? 0, shard, isMaster };
  });
  return nodes.map(node => ({
    port: node.port,
    args: [
      ...['--cluster-enabled', 'yes', '--cluster-config-file', 'nodes.conf', '--cluster-port', String(node.busPort)],
      ...['--cluster-node-timeout', '2000', '--repl-diskless-sync-delay', '0'],
      // The other nodes do not list a replica until it has received something; by default that can take 10 s.
      ...['--repl-ping-replica-period', '1'],
    ],
    files: { 'nodes.conf': toNodesFile(nodes, masters, node) },
  }));
}

/** The file in which a node keeps the state of the cluster, in the format of https://redis.io/docs/latest/commands/cluster-nodes/. */
function toNodesFile(nodes: readonly Node[], masters: number, self: Node): string {
  const lines = nodes.map(node => {
    const role = node.isMaster ? 'master' : 'slave';
    const master = node.isMaster ? '-' : nodes[node.shard]?.id;
    const slots = node.isMaster ? ` ${toSlots(node.shard, masters)}` : '';
    const address = `127.0.0.1:${node.port}@${node.busPort}`;
    return `${node.id} ${address} ${node === self ? 'myself,' : ''}${role} ${master} 0 0 ${node.shard + 1} connected${slots}\n`;
  });
  return `${lines.join('')}vars currentEpoch ${masters} lastVoteEpoch 0\n`;
}

function toSlots(shard: number, masters: number): string {
  const first = Math.floor((slotCount * shard) / masters);
  const last = Math.floor((slotCount * (shard + 1)) / masters) - 1;
  return first === last ? String(first) : `${first}-${last}`;
}
