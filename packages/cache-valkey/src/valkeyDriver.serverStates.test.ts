import { createStoreUnderTest, describeServerStates } from '@greenroom/redis-common/testing';
import { valkeyDriver } from './valkeyDriver';

describeServerStates(createStoreUnderTest(valkeyDriver, 'Valkey'));
