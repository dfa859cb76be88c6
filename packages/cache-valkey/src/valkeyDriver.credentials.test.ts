import { createStoreUnderTest, describeCredentials } from '@greenroom/resp/testing';
import { createValkeyDriver, valkeyDriver } from './valkeyDriver';

describeCredentials(createStoreUnderTest(valkeyDriver, 'Valkey'), createValkeyDriver);
