import { createStoreUnderTest, describeSockets } from '@greenroom/resp/testing';
import { redisDriver } from './redisDriver';

describeSockets(createStoreUnderTest(redisDriver, 'Redis'));
