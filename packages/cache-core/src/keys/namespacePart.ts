import { CacheError } from '../contract/cacheError';
import { digestOf, encodeWithin } from './storedKey';

/** Longer names become a digest, so that several fit into a key of memcached. */
const MAX_NAME_BYTES = 40;
/** 162 bits of the digest. */
const DIGEST_LENGTH = 27;

/**
 * What comes before the keys of a namespace, after the `!` that begins it: `n<name>!`, or `d<digest>!` for a long name. Encoded names
 * contain no `!`, so no part is the beginning of another. Throws CACHE_CONFIG when the name is not a string.
 */
export function toNamespacePart(name: string): string {
  if (typeof name !== 'string') {
    throw new CacheError('CACHE_CONFIG', `Invalid name of a namespace: expected a string, got ${typeof name}`);
  }
  const encoded = encodeWithin(name, MAX_NAME_BYTES);
  return encoded === undefined ? `d${digestOf(name).slice(0, DIGEST_LENGTH)}!` : `n${encoded}!`;
}
