import { createStoreUnderTest, describeNodeNames } from '@greenroom/resp/testing';
import { redisDriver } from './redisDriver';

describeNodeNames(createStoreUnderTest(redisDriver, 'Redis'));
