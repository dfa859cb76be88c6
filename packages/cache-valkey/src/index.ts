export { valkeyDriver } from './valkeyDriver';
export type { ValkeyOptions } from './valkeyOptions';
