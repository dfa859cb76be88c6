import { createStoreUnderTest, describeReplicas } from '@greenroom/resp/testing';
import { valkeyDriver } from './valkeyDriver';

describeReplicas(createStoreUnderTest(valkeyDriver, 'Valkey'));
