import { createStoreUnderTest, describeManyKeys } from '@greenroom/redis-common/testing';
import { redisDriver } from './redisDriver';

describeManyKeys(createStoreUnderTest(redisDriver, 'Redis'));
