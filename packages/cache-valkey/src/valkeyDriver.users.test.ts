import { createStoreUnderTest, describeUsers } from '@greenroom/redis-common/testing';
import { valkeyDriver } from './valkeyDriver';

describeUsers(createStoreUnderTest(valkeyDriver, 'Valkey'));
