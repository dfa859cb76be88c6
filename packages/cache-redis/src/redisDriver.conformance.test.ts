import { createStoreUnderTest, describeConformance } from '@greenroom/resp/testing';
import { redisDriver } from './redisDriver';

describeConformance(createStoreUnderTest(redisDriver, 'Redis'));
