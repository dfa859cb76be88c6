import { startRespSentinel, type RespSentinelOptions, type TestSentinelSet } from './startRespSentinel';

/** Starts a real redis server with replicas and three sentinels on free ports, and resolves once they all know each other. */
export function startRedisSentinel(options: RespSentinelOptions = {}): Promise<TestSentinelSet> {
  return startRespSentinel('redis', options);
}
