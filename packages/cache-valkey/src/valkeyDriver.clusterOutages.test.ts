import { createStoreUnderTest, describeClusterOutages } from '@greenroom/resp/testing';
import { valkeyDriver } from './valkeyDriver';

describeClusterOutages(createStoreUnderTest(valkeyDriver, 'Valkey'));
