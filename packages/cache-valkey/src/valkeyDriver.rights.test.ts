import { createStoreUnderTest, describeRights } from '@greenroom/resp/testing';
import { valkeyDriver } from './valkeyDriver';

describeRights(createStoreUnderTest(valkeyDriver, 'Valkey'));
