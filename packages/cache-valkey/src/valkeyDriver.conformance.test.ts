import { createStoreUnderTest, describeConformance } from '@greenroom/resp/testing';
import { valkeyDriver } from './valkeyDriver';

describeConformance(createStoreUnderTest(valkeyDriver, 'Valkey'));
