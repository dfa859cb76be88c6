import { Cacheable, createKeyv } from 'cacheable';
import { Keyv } from 'keyv';
import type { OpenSubject } from '../openSubject';
import { toKeyvStore } from './toKeyvStore';

export const openCacheable: OpenSubject = (store, { connection }) => {
  // Cacheable's own memory store would keep the caller's object without copying it.
  const cache = new Cacheable({ primary: toKeyvStore(store, connection) ?? new Keyv() });
  return { cacheOf: () => cache };
};

/** In its own memory store, which clones values when they are read, in front of another store. */
export const openLayeredCacheable: OpenSubject = (store, { connection, near }) => {
  const primary = createKeyv({ lruSize: near?.maxEntries ?? 1000 });
  const cache = new Cacheable({ primary, secondary: toKeyvStore(store, connection) ?? new Keyv() });
  return { cacheOf: () => cache };
};
