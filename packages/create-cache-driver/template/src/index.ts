import { createCacheDriverFeature } from '@greenroom/cache-backstage';
import { acmeDriver } from './acmeDriver';

export { acmeDriver, acmeSchema } from './acmeDriver';
export type { AcmeOptions } from './acmeDriver';

/** Lets a backend add this package. */
export default createCacheDriverFeature(acmeDriver);
