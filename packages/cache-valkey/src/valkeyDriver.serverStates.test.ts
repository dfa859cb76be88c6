import { createStoreUnderTest, describeServerStates } from '@greenroom/resp/testing';
import { valkeyDriver } from './valkeyDriver';

describeServerStates(createStoreUnderTest(valkeyDriver, 'Valkey'));
