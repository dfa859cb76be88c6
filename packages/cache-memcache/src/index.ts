export { createMemcacheDriver, memcacheDriver } from './memcacheDriver';
export type { MemcacheClient } from './memcacheClient';
export { memcacheSchema } from './memcacheOptions';
export type { MemcacheClientOptions, MemcacheOptions, MemcacheSettings } from './memcacheOptions';
export type { MemcacheAddress } from './memcacheAddress';
export type { TlsSettings } from '@greenroom/cache-core';
export type { Credentials, MemcacheServer } from './parseAddress';
export type { ServerAddress } from './serverAddress';
