export { redisDriver } from './redisDriver';
export type { RedisOptions } from './redisOptions';
