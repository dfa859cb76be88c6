import { createStoreUnderTest, describeConformance } from '@greenroom/redis-common/testing';
import { valkeyDriver } from './valkeyDriver';

describeConformance(createStoreUnderTest(valkeyDriver, 'Valkey'));
