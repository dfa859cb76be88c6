import { createNodeConnection } from './nodeConnection';
import type { ClientLibrary } from './respClient';
import type { ConnectionEvents, ConnectionTimes, RespConnection } from './respConnection';
import { createSentinelLocator } from './sentinelLocator';
import { accessOf } from './serverNode';
import type { SentinelTopology, StandaloneTopology } from './topology';

/** Connects to one server, or to the master that sentinels know. */
export function connectToServer(
  library: ClientLibrary,
  topology: StandaloneTopology | SentinelTopology,
  times: ConnectionTimes,
  events: ConnectionEvents,
): RespConnection {
  if (topology.kind === 'sentinel') {
    const locate = createSentinelLocator(library, topology, times.connectTimeoutMs);
    return createNodeConnection(library, { locate, access: topology.access, times }, events);
  }
  const { host, port } = topology.node;
  const locate = async () => ({ host, port });
  return createNodeConnection(library, { locate, access: accessOf(topology.node), times }, events);
}
