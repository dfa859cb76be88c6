import { createStoreUnderTest, describeRights } from '@greenroom/resp/testing';
import { redisDriver } from './redisDriver';

describeRights(createStoreUnderTest(redisDriver, 'Redis'));
