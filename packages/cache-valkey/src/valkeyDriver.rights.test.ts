import { createStoreUnderTest, describeRights } from '@greenroom/redis-common/testing';
import { valkeyDriver } from './valkeyDriver';

describeRights(createStoreUnderTest(valkeyDriver, 'Valkey'));
