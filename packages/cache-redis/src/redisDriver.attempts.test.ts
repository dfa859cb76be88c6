import { createStoreUnderTest, describeAttempts } from '@greenroom/redis-common/testing';
import { redisDriver } from './redisDriver';

describeAttempts(createStoreUnderTest(redisDriver, 'Redis'));
