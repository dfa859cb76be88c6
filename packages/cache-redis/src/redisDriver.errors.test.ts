import { createStoreUnderTest, describeErrors } from '@greenroom/redis-common/testing';
import { redisDriver } from './redisDriver';

describeErrors(createStoreUnderTest(redisDriver, 'Redis'));
