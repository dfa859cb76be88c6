import { connectToCluster } from './connectToCluster';
import { createNodeConnection } from './nodeConnection';
import type { ClientLibrary } from './respClient';
import type { ConnectionEvents, ConnectionTimes, RespConnection } from './respConnection';
import { createSentinelLocator } from './sentinelLocator';
import { accessOf } from './serverNode';
import type { Topology } from './topology';

/** Connects to one server, to a cluster, or to the master that sentinels know. */
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
    case 'sentinel': {
      const locate = createSentinelLocator(library, topology, times.connectTimeoutMs);
      return createNodeConnection(library, { locate, access: topology.access, times }, events);
    }
    case 'cluster':
      return connectToCluster(library, topology, times, events);
  }
}
