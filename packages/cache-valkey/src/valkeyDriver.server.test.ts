import { createStoreUnderTest, describeServer } from '@greenroom/resp/testing';
import { valkeyDriver } from './valkeyDriver';

describeServer(createStoreUnderTest(valkeyDriver, 'Valkey'));
