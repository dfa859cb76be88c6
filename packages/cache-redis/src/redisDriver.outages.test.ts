import { createStoreUnderTest, describeOutages } from '@greenroom/redis-common/testing';
import { redisDriver } from './redisDriver';

describeOutages(createStoreUnderTest(redisDriver, 'Redis'));
