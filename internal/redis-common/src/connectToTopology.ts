import { connectToCluster } from './connectToCluster';
import { connectToSentinelMaster } from './connectToSentinelMaster';
import { createNodeConnection } from './nodeConnection';
import type { ClientLibrary } from './respClient';
import type { ConnectionEvents, ConnectionTimes, RespConnection } from './respConnection';
import { accessOf } from './serverNode';
import type { Topology } from './topology';

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
