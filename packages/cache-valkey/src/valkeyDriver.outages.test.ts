import { createStoreUnderTest, describeOutages } from '@greenroom/redis-common/testing';
import { valkeyDriver } from './valkeyDriver';

describeOutages(createStoreUnderTest(valkeyDriver, 'Valkey'));
