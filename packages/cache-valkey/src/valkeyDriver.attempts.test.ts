import { createStoreUnderTest, describeAttempts } from '@greenroom/redis-common/testing';
import { valkeyDriver } from './valkeyDriver';

describeAttempts(createStoreUnderTest(valkeyDriver, 'Valkey'));
