import { createStoreUnderTest, describeCredentials } from '@greenroom/redis-common/testing';
import { createRedisDriver, redisDriver } from './redisDriver';

describeCredentials(createStoreUnderTest(redisDriver, 'Redis'), createRedisDriver);
