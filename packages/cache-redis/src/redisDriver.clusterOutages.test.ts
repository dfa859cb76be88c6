import { createStoreUnderTest, describeClusterOutages } from '@greenroom/redis-common/testing';
import { redisDriver } from './redisDriver';

describeClusterOutages(createStoreUnderTest(redisDriver, 'Redis'));
