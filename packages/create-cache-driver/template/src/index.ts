import { createCacheDriverFeature } from '@greenroom/cache-backstage';
import { acmeDriver } from './acmeDriver';

export { acmeDriver, acmeSchema } from './acmeDriver';
export type { AcmeOptions } from './acmeDriver';

/** Lets a backend add this package. The type is given, since with pnpm the package cannot name that of Backstage by itself. */
const feature: ReturnType<typeof createCacheDriverFeature> = createCacheDriverFeature(acmeDriver);
export default feature;
