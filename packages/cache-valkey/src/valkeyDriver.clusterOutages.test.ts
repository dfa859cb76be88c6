import { createStoreUnderTest, describeClusterOutages } from '@greenroom/redis-common/testing';
import { valkeyDriver } from './valkeyDriver';

describeClusterOutages(createStoreUnderTest(valkeyDriver, 'Valkey'));
