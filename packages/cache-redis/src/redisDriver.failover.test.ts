import { createStoreUnderTest, describeFailover } from '@greenroom/resp/testing';
import { redisDriver } from './redisDriver';

describeFailover(createStoreUnderTest(redisDriver, 'Redis'));
