export { createRedisDriver, redisDriver } from './redisDriver';
export type { RedisDriverOptions } from './redisDriver';
export { redisSchema } from './redisOptions';
export type { RedisOptions } from './redisOptions';
export type {
  ClientSettings,
  ClusterTopology,
  Credentials,
  GetCredentials,
  NodeAccess,
  SentinelTopology,
  ServerNode,
  SocketNode,
  StandaloneTopology,
  TlsSettings,
  Topology,
} from '@greenroom/redis-common';
