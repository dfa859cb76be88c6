import { createStoreUnderTest, describeCredentials } from '@greenroom/resp/testing';
import { createRedisDriver, redisDriver } from './redisDriver';

describeCredentials(createStoreUnderTest(redisDriver, 'Redis'), createRedisDriver);
