import { createStoreUnderTest, describeServer } from '@greenroom/redis-common/testing';
import { valkeyDriver } from './valkeyDriver';

describeServer(createStoreUnderTest(valkeyDriver, 'Valkey'));
