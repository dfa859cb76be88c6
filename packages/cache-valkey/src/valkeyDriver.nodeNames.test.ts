import { createStoreUnderTest, describeNodeNames } from '@greenroom/resp/testing';
import { valkeyDriver } from './valkeyDriver';

describeNodeNames(createStoreUnderTest(valkeyDriver, 'Valkey'));
