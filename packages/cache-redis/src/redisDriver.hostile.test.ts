import { createStoreUnderTest, describeHostileServer } from '@greenroom/resp/testing';
import { redisDriver } from './redisDriver';

describeHostileServer(createStoreUnderTest(redisDriver, 'Redis'));
