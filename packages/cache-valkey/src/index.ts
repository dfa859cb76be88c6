export { createValkeyDriver, valkeyDriver } from './valkeyDriver';
export type { ValkeyDriverOptions } from './valkeyDriver';
export { valkeySchema } from './valkeyOptions';
export type { ValkeyOptions } from './valkeyOptions';
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
