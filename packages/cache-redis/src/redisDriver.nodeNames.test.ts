import { createStoreUnderTest, describeNodeNames } from '@greenroom/redis-common/testing';
import { redisDriver } from './redisDriver';

describeNodeNames(createStoreUnderTest(redisDriver, 'Redis'));
