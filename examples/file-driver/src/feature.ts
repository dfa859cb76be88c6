import { createCacheDriverFeature } from '@greenroom/cache-backstage';
import { fileDriver } from './fileDriver';

/** What makes this package one to be added to a backend. */
export default createCacheDriverFeature(fileDriver);
