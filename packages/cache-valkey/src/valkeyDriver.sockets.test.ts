import { createStoreUnderTest, describeSockets } from '@greenroom/redis-common/testing';
import { valkeyDriver } from './valkeyDriver';

describeSockets(createStoreUnderTest(valkeyDriver, 'Valkey'));
