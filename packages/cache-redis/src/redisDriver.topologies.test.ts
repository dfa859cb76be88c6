import { createStoreUnderTest, describeTopologies } from '@greenroom/resp/testing';
import { redisDriver } from './redisDriver';

describeTopologies(createStoreUnderTest(redisDriver, 'Redis'));
