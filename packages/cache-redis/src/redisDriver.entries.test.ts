import { createStoreUnderTest, describeEntries } from '@greenroom/redis-common/testing';
import { redisDriver } from './redisDriver';

describeEntries(createStoreUnderTest(redisDriver, 'Redis'));
