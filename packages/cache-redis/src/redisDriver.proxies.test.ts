import { createStoreUnderTest, describeProxies } from '@greenroom/redis-common/testing';
import { redisDriver } from './redisDriver';

describeProxies(createStoreUnderTest(redisDriver, 'Redis'));
