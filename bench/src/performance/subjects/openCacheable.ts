import { Cacheable } from 'cacheable';
import { Keyv } from 'keyv';
import type { OpenSubject } from '../openSubject';
import { toKeyvStore } from './toKeyvStore';

export const openCacheable: OpenSubject = (store, { connection }) => {
  // Its own memory store keeps the object of the caller, without a copy.
  const cache = new Cacheable({ primary: toKeyvStore(store, connection) ?? new Keyv() });
  return { cacheOf: () => cache };
};
