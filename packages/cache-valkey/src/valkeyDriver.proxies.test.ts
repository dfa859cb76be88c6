import { createStoreUnderTest, describeProxies } from '@greenroom/redis-common/testing';
import { valkeyDriver } from './valkeyDriver';

describeProxies(createStoreUnderTest(valkeyDriver, 'Valkey'));
