import { createStoreUnderTest, describeServer } from '@greenroom/redis-common/testing';
import { redisDriver } from './redisDriver';

describeServer(createStoreUnderTest(redisDriver, 'Redis'));
