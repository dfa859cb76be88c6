import { createStoreUnderTest, describeHostileServer } from '@greenroom/redis-common/testing';
import { redisDriver } from './redisDriver';

describeHostileServer(createStoreUnderTest(redisDriver, 'Redis'));
