import { createStoreUnderTest, describeTls } from '@greenroom/redis-common/testing';
import { valkeyDriver } from './valkeyDriver';

describeTls(createStoreUnderTest(valkeyDriver, 'Valkey'));
