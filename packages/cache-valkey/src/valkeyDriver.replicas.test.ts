import { createStoreUnderTest, describeReplicas } from '@greenroom/redis-common/testing';
import { valkeyDriver } from './valkeyDriver';

describeReplicas(createStoreUnderTest(valkeyDriver, 'Valkey'));
