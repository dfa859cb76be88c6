import { startRespCluster, type RespClusterOptions, type TestCluster } from './startRespCluster';

/** Starts a real redis cluster on free ports, empty, and resolves once every node says that it is fine. */
export function startRedisCluster(options: RespClusterOptions = {}): Promise<TestCluster> {
  return startRespCluster('redis', options);
}
