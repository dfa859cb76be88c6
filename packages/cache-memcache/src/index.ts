export { createMemcacheDriver, memcacheDriver } from './memcacheDriver';
export type { MemcacheClient } from './connection/memcacheClient';
export { memcacheSchema } from './options/memcacheOptions';
export type { MemcacheClientOptions, MemcacheOptions, MemcacheSettings } from './options/memcacheOptions';
export type { MemcacheAddress } from './options/memcacheAddress';
export type { TlsSettings } from '@greenroom/cache-core';
export type { Credentials, MemcacheServer } from './options/parseAddress';
export type { ServerAddress } from './options/serverAddress';
