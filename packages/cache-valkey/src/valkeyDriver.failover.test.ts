import { createStoreUnderTest, describeFailover } from '@greenroom/redis-common/testing';
import { valkeyDriver } from './valkeyDriver';

describeFailover(createStoreUnderTest(valkeyDriver, 'Valkey'));
