import { Cacheable, createKeyv } from 'cacheable';
import { Keyv } from 'keyv';
import type { OpenSubject } from '../openSubject';
import { toKeyvStore } from './toKeyvStore';

export const openCacheable: OpenSubject = (store, { connection }) => {
  // Its own memory store keeps the object of the caller, without a copy.
  const cache = new Cacheable({ primary: toKeyvStore(store, connection) ?? new Keyv() });
  return { cacheOf: () => cache };
};

/** In its own memory store, which clones what is read, before another one. */
export const openLayeredCacheable: OpenSubject = (store, { connection, near }) => {
  const primary = createKeyv({ lruSize: near?.maxEntries ?? 1000 });
  const cache = new Cacheable({ primary, secondary: toKeyvStore(store, connection) ?? new Keyv() });
  return { cacheOf: () => cache };
};
