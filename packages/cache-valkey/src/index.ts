export { createValkeyDriver, valkeyDriver } from './valkeyDriver';
export type { ValkeyDriverOptions } from './valkeyDriver';
export type { ValkeyOptions } from './valkeyOptions';
export type { Credentials, GetCredentials } from '@greenroom/resp';
