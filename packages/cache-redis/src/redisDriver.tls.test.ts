import { createStoreUnderTest, describeTls } from '@greenroom/resp/testing';
import { redisDriver } from './redisDriver';

describeTls(createStoreUnderTest(redisDriver, 'Redis'));
