export { block } from './block';
export {
  checkDistortedReplies,
  hostileCommandTimeoutMs,
  hostileKeys,
  openHostileCache,
  type HostileCache,
} from './checkDistortedReplies';
export { createCertificate, type Certificate } from './createCertificate';
export { createLoopbackServer, type LoopbackServer } from './createLoopbackServer';
export type { RespSecurityOptions } from './createRespSecurity';
export { findProgram, type FoundProgram } from './findProgram';
export type { Reply } from './parseReply';
export type { RemoteOperations } from './remoteOperations';
export { sendCommands } from './sendCommands';
export type { ServerKind } from './serverKind';
export { sharedServerUrl } from './sharedServerUrl';
export { startMemcached, type MemcachedServerOptions } from './startMemcached';
export { startRedis } from './startRedis';
export { startRedisCluster } from './startRedisCluster';
export { startRedisSentinel } from './startRedisSentinel';
export type { RespClusterOptions, TestCluster } from './startRespCluster';
export type { RespSentinelOptions, TestSentinelSet } from './startRespSentinel';
export type { RespServerOptions } from './startRespServer';
export { startValkey } from './startValkey';
export { startValkeyCluster } from './startValkeyCluster';
export { startValkeySentinel } from './startValkeySentinel';
export type { Credentials, ServerAddress, TestServer } from './testServer';
