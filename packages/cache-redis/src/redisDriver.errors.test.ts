import { createStoreUnderTest, describeErrors } from '@greenroom/resp/testing';
import { redisDriver } from './redisDriver';

describeErrors(createStoreUnderTest(redisDriver, 'Redis'));
