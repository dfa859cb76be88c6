import { startRespCluster, type RespClusterOptions, type TestCluster } from './startRespCluster';

/** Starts a real valkey cluster on free ports, empty, and resolves once every node says that it is fine. */
export function startValkeyCluster(options: RespClusterOptions = {}): Promise<TestCluster> {
  return startRespCluster('valkey', options);
}
