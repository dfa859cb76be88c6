import { createStoreUnderTest, describeTls } from '@greenroom/redis-common/testing';
import { redisDriver } from './redisDriver';

describeTls(createStoreUnderTest(redisDriver, 'Redis'));
