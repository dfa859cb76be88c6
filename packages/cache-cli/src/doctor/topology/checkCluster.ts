import { toClusterSlot } from '@greenroom/redis-common';
import type { ClusterTopology, Shard } from '@greenroom/redis-common';
import { clean } from '../link/endpoint';
import type { Session } from '../link/session';
import { checkServer } from '../resp/checkServer';
import type { Examination } from '../resp/examination';
import { checkNode } from './checkNode';
import { readMap } from './clusterMap';
import type { ClusterMap } from './clusterMap';

const SLOT_COUNT = 16_384;

/** Checks a cluster: its slots, and each of its nodes. */
export async function checkCluster(topology: ClusterTopology, examination: Examination): Promise<void> {
  const maps = topology.rootNodes.map(node => readMap(node, topology, examination));
  const known = await Promise.any(maps.map(async map => (await map) ?? Promise.reject(new Error('unknown')))).catch(
    () => undefined,
  );
  if (known) {
    addSlots(known.shards, examination);
    const masters = [...new Set(known.shards.map(({ master }) => master))];
    const replicas = [...new Set(known.shards.flatMap(each => each.replicas))].filter(name => !masters.includes(name));
    await Promise.all([
      ...masters.map(address => checkMaster(address, known, topology, examination)),
      ...replicas.map(address => checkNode({ address, map: known, topology, isMaster: false }, examination)),
    ]);
  }
  await Promise.all(maps);
}

async function checkMaster(
  address: string,
  map: ClusterMap,
  topology: ClusterTopology,
  examination: Examination,
): Promise<void> {
  const session = await checkNode({ address, map, topology, isMaster: true }, examination);
  if (!session) return;
  const owned = map.shards.filter(({ master }) => master === address);
  const owns = (key: string) => {
    const slot = toClusterSlot(key);
    return owned.some(({ first, last }) => slot >= first && slot <= last);
  };
  await checkServer(
    { name: clean(address), session, kind: 'node', owns, usesReplicas: topology.useReplicas ?? false },
    examination,
  );
  await checkState(session, clean(address), examination);
  session.close();
}

async function checkState(session: Session, server: string, { findings }: Examination): Promise<void> {
  const answer = await session.ask('CLUSTER', 'INFO');
  const text = 'reply' in answer && typeof answer.reply === 'string' ? answer.reply : '';
  if (!/^cluster_state:fail/m.test(text)) return;
  const failed = /^cluster_slots_fail:(\d+)/m.exec(text)?.[1] ?? 'unknown';
  findings.add({
    ...{ id: 'cluster.down', severity: 'error', server, title: 'The cluster says that it is down' },
    detail: `CLUSTER INFO says cluster_state:fail, with ${failed} slots whose node has failed.`,
    fix: 'Look at CLUSTER NODES at each node, and bring back the master that is missing. With cluster-require-full-coverage no the others go on.',
  });
}

function addSlots(shards: readonly Shard[], { findings }: Examination): void {
  const isServed = new Array<boolean>(SLOT_COUNT).fill(false);
  for (const { first, last } of shards) isServed.fill(true, first, last + 1);
  const missing = isServed.flatMap((served, slot) => (served ? [] : [slot]));
  if (missing.length === 0) return;
  findings.add({
    ...{ id: 'cluster.slots', severity: 'error', title: `${missing.length} slots have no node` },
    detail: `Of ${SLOT_COUNT} slots ${missing.length} are served by no node, the first is ${missing[0]}. Their keys are misses; unless cluster-require-full-coverage is no, those of all others, too.`,
    fix: 'Find them with redis-cli --cluster check, and assign them with redis-cli --cluster fix.',
  });
}
