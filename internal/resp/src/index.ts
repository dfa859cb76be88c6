export { readClientSettings } from './clientSection';
export type { ClientSettings } from './clientSection';
export type { Credentials, GetCredentials } from './credentials';
export { fromConnectionError, fromErrorReply } from './errorReply';
export type { ClientLibrary, RespClient, RespReply } from './respClient';
export { createRespStore } from './respStore';
export type { NodeAccess, ServerNode, TlsSettings } from './serverNode';
export { readTopology } from './topology';
export type { ClusterTopology, SentinelTopology, StandaloneTopology, Topology } from './topology';
