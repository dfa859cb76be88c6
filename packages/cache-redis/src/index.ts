export { createRedisDriver, redisDriver } from './redisDriver';
export type { RedisDriverOptions } from './redisDriver';
export type { RedisOptions } from './redisOptions';
export type { Credentials, GetCredentials } from '@greenroom/resp';
