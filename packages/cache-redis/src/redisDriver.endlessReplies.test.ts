import { createStoreUnderTest, describeEndlessReplies } from '@greenroom/resp/testing';
import { redisDriver } from './redisDriver';

describeEndlessReplies(createStoreUnderTest(redisDriver, 'Redis'));
