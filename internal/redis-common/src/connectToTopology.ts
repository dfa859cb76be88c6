import { connectToCluster } from './cluster/connectToCluster';
import { connectToSentinelMaster } from './sentinel/connectToSentinelMaster';
import { createNodeConnection } from './connection/nodeConnection';
import type { ClientLibrary } from './connection/clientAdapter';
import type { ConnectionEvents, ConnectionTimes, RespConnection } from './connection/storeConnection';
import { accessOf } from './config/serverNode';
import type { Topology } from './config/topology';

/** Connects to one server, to a cluster, or to the master that sentinels name. */
export function connectToTopology(
  library: ClientLibrary,
  topology: Topology,
  times: ConnectionTimes,
  events: ConnectionEvents,
): RespConnection {
  switch (topology.kind) {
    case 'standalone': {
      const { node } = topology;
      const address = 'path' in node ? { path: node.path } : { host: node.host, port: node.port };
      const options = { locate: async () => address, access: accessOf(node), times };
      return createNodeConnection(library, options, events);
    }
    case 'sentinel':
      return connectToSentinelMaster(library, topology, times, events);
    case 'cluster':
      return connectToCluster(library, topology, times, events);
  }
}
