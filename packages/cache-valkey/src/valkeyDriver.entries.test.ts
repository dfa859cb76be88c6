import { createStoreUnderTest, describeEntries } from '@greenroom/redis-common/testing';
import { valkeyDriver } from './valkeyDriver';

describeEntries(createStoreUnderTest(valkeyDriver, 'Valkey'));
