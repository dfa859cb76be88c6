import { createStoreUnderTest, describeClusterOutages } from '@greenroom/resp/testing';
import { redisDriver } from './redisDriver';

describeClusterOutages(createStoreUnderTest(redisDriver, 'Redis'));
