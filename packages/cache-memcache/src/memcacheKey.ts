import { createHash } from 'node:crypto';

const DIGEST_START = '!sha256-';

/** Printable ASCII without space and `$`, at most the 250 bytes that memcached allows, and no digest by its looks. */
const safe = new RegExp(`^(?!${DIGEST_START})[\\x21-\\x23\\x25-\\x7e]{1,250}$`);

/**
 * The key as memcached gets it: as it is when that is safe, else its digest. A `$` is not: the library puts keys into its
 * commands by `String.replace`, which gives it a meaning. Two different keys never get the same one.
 */
export function toMemcacheKey(key: string): string {
  return safe.test(key) ? key : DIGEST_START + createHash('sha256').update(key).digest('base64url');
}
