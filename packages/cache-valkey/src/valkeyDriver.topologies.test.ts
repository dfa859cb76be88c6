import { createStoreUnderTest, describeTopologies } from '@greenroom/redis-common/testing';
import { valkeyDriver } from './valkeyDriver';

describeTopologies(createStoreUnderTest(valkeyDriver, 'Valkey'));
