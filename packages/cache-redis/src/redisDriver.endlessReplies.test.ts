import { createStoreUnderTest, describeEndlessReplies } from '@greenroom/redis-common/testing';
import { redisDriver } from './redisDriver';

describeEndlessReplies(createStoreUnderTest(redisDriver, 'Redis'));
