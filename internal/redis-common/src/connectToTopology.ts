import type { DriverHost } from '@greenroom/cache-core';
import { connectToCluster } from './cluster/connectToCluster';
import { connectToSentinelMaster } from './sentinel/connectToSentinelMaster';
import { createNodeConnection } from './connection/nodeConnection';
import type { ClientFactory } from './connection/clientAdapter';
import type { ConnectionTimes, StoreConnection } from './connection/storeConnection';
import { accessOf } from './config/serverNode';
import type { Topology } from './config/topology';

/** Connects to one server, to a cluster, or to the master that sentinels name. */
export function connectToTopology(
  clients: ClientFactory,
  topology: Topology,
  times: ConnectionTimes,
  host: DriverHost,
): StoreConnection {
  switch (topology.kind) {
    case 'standalone': {
      const { node } = topology;
      const address = 'path' in node ? { path: node.path } : { host: node.host, port: node.port };
      const options = { locate: async () => address, access: () => accessOf(node), times };
      return createNodeConnection(clients, options, host);
    }
    case 'sentinel':
      return connectToSentinelMaster(clients, topology, times, host);
    case 'cluster':
      return connectToCluster(clients, topology, times, host);
  }
}
