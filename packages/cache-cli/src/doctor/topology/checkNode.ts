import { toServerAddress, withNodeNames } from '@greenroom/redis-common';
import type { ClusterTopology } from '@greenroom/redis-common';
import { clean } from '../link/endpoint';
import { openSocket } from '../link/openSocket';
import type { Session } from '../link/session';
import { enterServer } from '../resp/enterServer';
import type { Examination } from '../resp/examination';
import type { ClusterMap } from './clusterMap';
import { toEndpoint } from './toEndpoint';

/** A node that the cluster announces. */
interface AnnouncedNode {
  /** `host:port`. */
  readonly address: string;
  readonly map: ClusterMap;
  readonly topology: ClusterTopology;
  readonly isMaster: boolean;
}

/** Connects to a node that the cluster announces. Resolves to a session if the node is a master that accepts the cache's login. */
export async function checkNode(
  { address, map, topology, isMaster }: AnnouncedNode,
  examination: Examination,
): Promise<Session | undefined> {
  const { host, port } = toServerAddress(address);
  const { hostNames } = map;
  const own = hostNames.get(address);
  const names = [...(own === undefined ? [] : [own]), ...topology.rootNodes.map(root => root.host)];
  const access = withNodeNames(topology.access, host, names);
  const endpoint = toEndpoint({ host, port }, access);
  const severity = isMaster || topology.useReplicas === true ? 'error' : 'warning';
  const opened = await openSocket({ name: endpoint.name, place: endpoint.place }, examination.deadline);
  if ('failure' in opened) {
    examination.findings.add({
      ...{
        id: 'cluster.node-unreachable',
        severity,
        server: endpoint.name,
      },
      title: `A ${isMaster ? 'master' : 'replica'} that the cluster announces cannot be reached`,
      detail:
        `The cluster says that a node is at ${clean(address)}, and connecting to it failed (${opened.failure.code}). ` +
        (isMaster ? 'The keys in its slots are misses.' : 'If its master fails, the keys in its slots are misses.'),
      fix: 'Have the node announce an address that this machine reaches (cluster-announce-ip or cluster-announce-hostname), open the way to it, or bring it back.',
    });
    return undefined;
  }
  opened.socket.destroy();
  const session = await enterServer(endpoint, { ...access, database: 0 }, examination, severity);
  if (isMaster) return session;
  session?.close();
  return undefined;
}
