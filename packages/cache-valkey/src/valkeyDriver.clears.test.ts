import { createStoreUnderTest, describeClears } from '@greenroom/redis-common/testing';
import { valkeyDriver } from './valkeyDriver';

describeClears(createStoreUnderTest(valkeyDriver, 'Valkey'));
