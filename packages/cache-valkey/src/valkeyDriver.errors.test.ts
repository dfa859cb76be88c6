import { createStoreUnderTest, describeErrors } from '@greenroom/redis-common/testing';
import { valkeyDriver } from './valkeyDriver';

describeErrors(createStoreUnderTest(valkeyDriver, 'Valkey'));
