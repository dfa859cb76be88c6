import { createStoreUnderTest, describeSockets } from '@greenroom/redis-common/testing';
import { redisDriver } from './redisDriver';

describeSockets(createStoreUnderTest(redisDriver, 'Redis'));
