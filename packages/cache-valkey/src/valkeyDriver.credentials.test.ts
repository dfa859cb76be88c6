import { createStoreUnderTest, describeCredentials } from '@greenroom/redis-common/testing';
import { createValkeyDriver, valkeyDriver } from './valkeyDriver';

describeCredentials(createStoreUnderTest(valkeyDriver, 'Valkey'), createValkeyDriver);
