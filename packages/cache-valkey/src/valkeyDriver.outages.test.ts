import { createStoreUnderTest, describeOutages } from '@greenroom/resp/testing';
import { valkeyDriver } from './valkeyDriver';

describeOutages(createStoreUnderTest(valkeyDriver, 'Valkey'));
