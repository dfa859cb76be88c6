import { connectToCluster } from './cluster/connectToCluster';
import { connectToSentinelMaster } from './sentinel/connectToSentinelMaster';
import { createNodeConnection } from './connection/nodeConnection';
import type { ClientAdapter } from './connection/clientAdapter';
import type { ConnectionEvents, ConnectionTimes, StoreConnection } from './connection/storeConnection';
import { accessOf } from './config/serverNode';
import type { Topology } from './config/topology';

/** Connects to one server, to a cluster, or to the master that sentinels name. */
export function connectToTopology(
  adapter: ClientAdapter,
  topology: Topology,
  times: ConnectionTimes,
  events: ConnectionEvents,
): StoreConnection {
  switch (topology.kind) {
    case 'standalone': {
      const { node } = topology;
      const address = 'path' in node ? { path: node.path } : { host: node.host, port: node.port };
      const options = { locate: async () => address, access: accessOf(node), times };
      return createNodeConnection(adapter, options, events);
    }
    case 'sentinel':
      return connectToSentinelMaster(adapter, topology, times, events);
    case 'cluster':
      return connectToCluster(adapter, topology, times, events);
  }
}
