import { createStoreUnderTest, describeServerStates } from '@greenroom/redis-common/testing';
import { redisDriver } from './redisDriver';

describeServerStates(createStoreUnderTest(redisDriver, 'Redis'));
