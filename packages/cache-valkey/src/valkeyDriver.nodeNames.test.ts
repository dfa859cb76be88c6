import { createStoreUnderTest, describeNodeNames } from '@greenroom/redis-common/testing';
import { valkeyDriver } from './valkeyDriver';

describeNodeNames(createStoreUnderTest(valkeyDriver, 'Valkey'));
