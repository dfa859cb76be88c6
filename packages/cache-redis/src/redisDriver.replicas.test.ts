import { createStoreUnderTest, describeReplicas } from '@greenroom/redis-common/testing';
import { redisDriver } from './redisDriver';

describeReplicas(createStoreUnderTest(redisDriver, 'Redis'));
