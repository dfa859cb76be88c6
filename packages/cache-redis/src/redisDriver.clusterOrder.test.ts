import { createStoreUnderTest, describeClusterOrder } from '@greenroom/redis-common/testing';
import { redisDriver } from './redisDriver';

describeClusterOrder(createStoreUnderTest(redisDriver, 'Redis'));
