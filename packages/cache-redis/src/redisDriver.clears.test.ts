import { createStoreUnderTest, describeClears } from '@greenroom/redis-common/testing';
import { redisDriver } from './redisDriver';

describeClears(createStoreUnderTest(redisDriver, 'Redis'));
