import { createStoreUnderTest, describeHostileServer } from '@greenroom/redis-common/testing';
import { valkeyDriver } from './valkeyDriver';

describeHostileServer(createStoreUnderTest(valkeyDriver, 'Valkey'));
