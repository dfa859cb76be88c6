import { createStoreUnderTest, describeServer } from '@greenroom/resp/testing';
import { redisDriver } from './redisDriver';

describeServer(createStoreUnderTest(redisDriver, 'Redis'));
