import { createStoreUnderTest, describeConformance } from '@greenroom/redis-common/testing';
import { redisDriver } from './redisDriver';

describeConformance(createStoreUnderTest(redisDriver, 'Redis'));
