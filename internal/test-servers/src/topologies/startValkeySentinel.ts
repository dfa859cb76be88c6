import { startRespSentinel, type RespSentinelOptions, type TestSentinelSet } from './startRespSentinel';

/** Starts a real valkey server with replicas and three sentinels on free ports, and resolves once they all know each other. */
export function startValkeySentinel(options: RespSentinelOptions = {}): Promise<TestSentinelSet> {
  return startRespSentinel('valkey', options);
}
