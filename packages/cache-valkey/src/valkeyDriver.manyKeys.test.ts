import { createStoreUnderTest, describeManyKeys } from '@greenroom/redis-common/testing';
import { valkeyDriver } from './valkeyDriver';

describeManyKeys(createStoreUnderTest(valkeyDriver, 'Valkey'));
