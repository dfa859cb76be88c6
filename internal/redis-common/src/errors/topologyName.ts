import { toServerName } from './serverPlace';
import type { Topology } from '../config/topology';

/** What messages call the servers of a store. Several are named by the first one in the configuration. */
export function toTopologyName(name: string, topology: Topology): string {
  if (topology.kind === 'standalone') return toServerName(name, topology.node);
  const what = topology.kind === 'cluster' ? `${name} cluster` : `${name} master of the sentinels`;
  const [first] = topology.rootNodes;
  return first ? toServerName(what, first) : what;
}
