import { createStoreUnderTest, describeProxies } from '@greenroom/resp/testing';
import { valkeyDriver } from './valkeyDriver';

describeProxies(createStoreUnderTest(valkeyDriver, 'Valkey'));
