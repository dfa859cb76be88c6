import { createStoreUnderTest, describeUsers } from '@greenroom/redis-common/testing';
import { redisDriver } from './redisDriver';

describeUsers(createStoreUnderTest(redisDriver, 'Redis'));
