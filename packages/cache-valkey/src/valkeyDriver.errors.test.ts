import { createStoreUnderTest, describeErrors } from '@greenroom/resp/testing';
import { valkeyDriver } from './valkeyDriver';

describeErrors(createStoreUnderTest(valkeyDriver, 'Valkey'));
