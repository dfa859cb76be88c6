import { createStoreUnderTest, describeServerStates } from '@greenroom/resp/testing';
import { redisDriver } from './redisDriver';

describeServerStates(createStoreUnderTest(redisDriver, 'Redis'));
