export { createMemcacheDriver, memcacheDriver } from './memcacheDriver';
export type { MemcacheClient } from './memcacheClient';
export type { MemcacheClientOptions, MemcacheOptions, MemcacheSettings } from './memcacheOptions';
export type { MemcacheAddress, TlsSettings } from './memcacheAddress';
export type { Credentials, MemcacheServer, ServerAddress } from './parseAddress';
