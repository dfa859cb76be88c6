import { createStoreUnderTest, describeFailover } from '@greenroom/resp/testing';
import { valkeyDriver } from './valkeyDriver';

describeFailover(createStoreUnderTest(valkeyDriver, 'Valkey'));
