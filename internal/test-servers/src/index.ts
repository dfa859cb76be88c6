export {
  checkDistortedReplies,
  hostileCommandTimeoutMs,
  hostileKeys,
  openHostileCache,
  type HostileCache,
} from './drivers/checkDistortedReplies';
export { createLoopbackServer, type LoopbackServer } from './drivers/createLoopbackServer';
export type { RemoteOperations } from './drivers/remoteOperations';
export { findProgram, type FoundProgram } from './engines/native/findProgram';
export type { ServerKind } from './engines/serverKind';
export { block } from './helpers/block';
export { errorOf, until, waitUntil, within } from './helpers/promises';
export { watchMemory } from './helpers/watchMemory';
export type { Reply } from './protocol/parseReply';
export { sendCommands } from './protocol/sendCommands';
export type { Credentials, ServerAddress } from './protocol/serverAddress';
export { createCertificate, type Certificate } from './servers/createCertificate';
export type { RespSecurityOptions } from './servers/createRespSecurity';
export { startRedis, startValkey, type RespServerOptions } from './servers/respServer';
export { sharedServerUrl } from './servers/sharedServerUrl';
export { startMemcached, type MemcachedServerOptions } from './servers/startMemcached';
export type { TestServer } from './servers/testServer';
export { withFreePorts } from './servers/withFreePorts';
export { faults } from './staleness/faults';
export type { TrialResult } from './staleness/judgeTrial';
export { openTrialStores } from './staleness/openTrialStores';
export { runTrials, type Trial, type TrialStore } from './staleness/runTrials';
export { openClusterTrial, openLostNodeTrial, openSentinelTrial } from './staleness/topologyTrials';
export type { Fault } from './staleness/trial';
export {
  startRedisCluster,
  startValkeyCluster,
  type RespClusterOptions,
  type TestCluster,
} from './topologies/testCluster';
export {
  startRedisSentinel,
  startValkeySentinel,
  type RespSentinelOptions,
  type TestSentinelSet,
} from './topologies/testSentinelSet';
