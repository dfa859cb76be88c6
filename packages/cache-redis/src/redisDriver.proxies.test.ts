import { createStoreUnderTest, describeProxies } from '@greenroom/resp/testing';
import { redisDriver } from './redisDriver';

describeProxies(createStoreUnderTest(redisDriver, 'Redis'));
