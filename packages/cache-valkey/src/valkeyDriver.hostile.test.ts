import { createStoreUnderTest, describeHostileServer } from '@greenroom/resp/testing';
import { valkeyDriver } from './valkeyDriver';

describeHostileServer(createStoreUnderTest(valkeyDriver, 'Valkey'));
