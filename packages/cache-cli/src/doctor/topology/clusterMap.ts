import { readClusterSlots, readHostNames, withNodeNames } from '@greenroom/redis-common';
import type { ClusterTopology, RespReply, ServerNode, Shard } from '@greenroom/redis-common';
import { isRefusal } from '../link/reply';
import type { Answer } from '../link/respLink';
import { enterServer } from '../resp/enterServer';
import type { Examination } from '../resp/examination';
import { isUnknownCommand, meaningOf, missingRightOf } from '../resp/refusals';
import { toEndpoint } from './toEndpoint';

/** The nodes and slots that a cluster reports. */
export interface ClusterMap {
  readonly shards: readonly Shard[];
  /** Host names of the nodes that are announced by address, by that address. */
  readonly hostNames: ReadonlyMap<string, string>;
}

/** Asks a root node for the nodes of the cluster; `undefined` when it does not tell. */
export async function readMap(
  node: ServerNode,
  topology: ClusterTopology,
  examination: Examination,
): Promise<ClusterMap | undefined> {
  // Uses the access that the cache uses for all nodes. A root node's own may lack settings: `rediss:` alone is TLS without an authority.
  const { access } = topology;
  const endpoint = toEndpoint(node, withNodeNames(access, node.host, namesOfRoots(topology)));
  const severity = topology.rootNodes.length > 1 ? 'warning' : 'error';
  const session = await enterServer(endpoint, { ...access, database: 0 }, examination, severity);
  if (!session) return undefined;
  const answer = await session.ask('CLUSTER', 'SLOTS');
  session.close();
  const { findings, store } = examination;
  if (!('reply' in answer) || isRefusal(answer.reply)) {
    findings.add({ ...explain(answer, store), server: endpoint.name });
    return undefined;
  }
  const reply = answer.reply as RespReply;
  try {
    return { shards: readClusterSlots(reply, node.host), hostNames: readHostNames(reply, node.host) };
  } catch {
    findings.add({
      ...{ id: 'cluster.slots', severity: 'error', server: endpoint.name, title: 'The cluster has no slots yet' },
      detail: `CLUSTER SLOTS lists no node, so no slot is served: the node has not joined a cluster.`,
      fix: 'Make the cluster: redis-cli --cluster create, or have the node meet the others.',
    });
    return undefined;
  }
}

function namesOfRoots({ rootNodes }: ClusterTopology): readonly string[] {
  return rootNodes.map(({ host }) => host);
}

function explain(answer: Answer, store: string) {
  const refusal = 'reply' in answer && isRefusal(answer.reply) ? answer.reply.refusal : '';
  if (missingRightOf(refusal)) {
    return {
      ...{ id: 'acl.missing' as const, severity: 'error' as const, title: 'The user may not send CLUSTER SLOTS' },
      detail: 'CLUSTER SLOTS was refused (NOPERM), so the cache does not find the nodes of the cluster.',
      fix: 'Give the user the right +cluster|slots at each node; before Redis 7, +cluster.',
    };
  }
  if (/cluster support disabled/i.test(refusal) || isUnknownCommand(refusal)) {
    return {
      ...{
        id: 'cluster.not-configured' as const,
        severity: 'error' as const,
        title: 'The server is not a node of a cluster',
      },
      detail: 'The configuration lists it as one, and the server says that it is not in cluster mode.',
      fix: `Remove backend.cache.${store}.cluster, and name the server in backend.cache.connection; or set cluster-enabled yes at the server.`,
    };
  }
  const lost = 'lost' in answer ? answer.lost : 'refused';
  return (
    meaningOf(refusal) ?? {
      ...{
        id: 'connect.failed' as const,
        severity: 'error' as const,
        title: 'The server does not say which nodes there are',
      },
      detail: `CLUSTER SLOTS brought no answer (${lost}), so the cache does not find the nodes of the cluster.`,
      fix: 'Check that this is a node of a cluster, and no proxy that does not know the command.',
    }
  );
}
