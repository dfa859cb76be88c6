import { createStoreUnderTest, describeClusterOrder } from '@greenroom/resp/testing';
import { redisDriver } from './redisDriver';

describeClusterOrder(createStoreUnderTest(redisDriver, 'Redis'));
