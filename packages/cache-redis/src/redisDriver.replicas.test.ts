import { createStoreUnderTest, describeReplicas } from '@greenroom/resp/testing';
import { redisDriver } from './redisDriver';

describeReplicas(createStoreUnderTest(redisDriver, 'Redis'));
