import { createStoreUnderTest, describeRights } from '@greenroom/redis-common/testing';
import { redisDriver } from './redisDriver';

describeRights(createStoreUnderTest(redisDriver, 'Redis'));
