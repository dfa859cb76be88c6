import { createStoreUnderTest, describeEndlessReplies } from '@greenroom/redis-common/testing';
import { valkeyDriver } from './valkeyDriver';

describeEndlessReplies(createStoreUnderTest(valkeyDriver, 'Valkey'));
