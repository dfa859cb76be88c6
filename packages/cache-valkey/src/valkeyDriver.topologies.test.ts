import { createStoreUnderTest, describeTopologies } from '@greenroom/resp/testing';
import { valkeyDriver } from './valkeyDriver';

describeTopologies(createStoreUnderTest(valkeyDriver, 'Valkey'));
