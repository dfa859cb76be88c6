import { createStoreUnderTest, describeFailover } from '@greenroom/redis-common/testing';
import { redisDriver } from './redisDriver';

describeFailover(createStoreUnderTest(redisDriver, 'Redis'));
