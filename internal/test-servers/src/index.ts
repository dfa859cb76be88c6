export { block } from './helpers/block';
export {
  checkDistortedReplies,
  hostileCommandTimeoutMs,
  hostileKeys,
  openHostileCache,
  type HostileCache,
} from './drivers/checkDistortedReplies';
export { errorOf } from './helpers/errorOf';
export { until } from './helpers/until';
export { within } from './helpers/within';
export { createCertificate, type Certificate } from './servers/createCertificate';
export { createLoopbackServer, type LoopbackServer } from './drivers/createLoopbackServer';
export type { RespSecurityOptions } from './servers/createRespSecurity';
export { findProgram, type FoundProgram } from './engines/native/findProgram';
export type { Reply } from './protocol/parseReply';
export type { RemoteOperations } from './drivers/remoteOperations';
export { sendCommands } from './protocol/sendCommands';
export type { ServerKind } from './engines/serverKind';
export { sharedServerUrl } from './servers/sharedServerUrl';
export { startMemcached, type MemcachedServerOptions } from './servers/startMemcached';
export { startRedis } from './servers/startRedis';
export { startRedisCluster } from './topologies/startRedisCluster';
export { startRedisSentinel } from './topologies/startRedisSentinel';
export type { RespClusterOptions, TestCluster } from './topologies/startRespCluster';
export type { RespSentinelOptions, TestSentinelSet } from './topologies/startRespSentinel';
export type { RespServerOptions } from './servers/startRespServer';
export { startValkey } from './servers/startValkey';
export { startValkeyCluster } from './topologies/startValkeyCluster';
export { startValkeySentinel } from './topologies/startValkeySentinel';
export type { Credentials, ServerAddress, TestServer } from './servers/testServer';
