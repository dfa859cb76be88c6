import { createStoreUnderTest, describeClusterOrder } from '@greenroom/resp/testing';
import { valkeyDriver } from './valkeyDriver';

describeClusterOrder(createStoreUnderTest(valkeyDriver, 'Valkey'));
