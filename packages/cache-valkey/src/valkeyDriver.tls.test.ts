import { createStoreUnderTest, describeTls } from '@greenroom/resp/testing';
import { valkeyDriver } from './valkeyDriver';

describeTls(createStoreUnderTest(valkeyDriver, 'Valkey'));
