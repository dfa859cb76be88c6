import { createCacheDriverFeature } from '@greenroom/cache-backstage';
import { fileDriver } from './fileDriver';

/** Lets a backend add this package. */
export default createCacheDriverFeature(fileDriver);
