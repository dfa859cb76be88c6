import { createStoreUnderTest, describeTopologies } from '@greenroom/redis-common/testing';
import { redisDriver } from './redisDriver';

describeTopologies(createStoreUnderTest(redisDriver, 'Redis'));
