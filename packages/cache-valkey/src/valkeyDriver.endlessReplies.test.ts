import { createStoreUnderTest, describeEndlessReplies } from '@greenroom/resp/testing';
import { valkeyDriver } from './valkeyDriver';

describeEndlessReplies(createStoreUnderTest(valkeyDriver, 'Valkey'));
