import { createStoreUnderTest, describeOutages } from '@greenroom/resp/testing';
import { redisDriver } from './redisDriver';

describeOutages(createStoreUnderTest(redisDriver, 'Redis'));
