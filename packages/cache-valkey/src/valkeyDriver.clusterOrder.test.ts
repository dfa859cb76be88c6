import { createStoreUnderTest, describeClusterOrder } from '@greenroom/redis-common/testing';
import { valkeyDriver } from './valkeyDriver';

describeClusterOrder(createStoreUnderTest(valkeyDriver, 'Valkey'));
