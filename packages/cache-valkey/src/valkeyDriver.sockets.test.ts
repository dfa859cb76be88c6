import { createStoreUnderTest, describeSockets } from '@greenroom/resp/testing';
import { valkeyDriver } from './valkeyDriver';

describeSockets(createStoreUnderTest(valkeyDriver, 'Valkey'));
