import { createHash } from 'node:crypto';

const DIGEST_START = '!sha256-';

/**
 * Keys that are sent unchanged: printable ASCII without space and `$`, at most the 250 bytes that memcached allows, and not like a
 * digest.
 */
const safe = new RegExp(`^(?!${DIGEST_START})[\\x21-\\x23\\x25-\\x7e]{1,250}$`);

/**
 * Returns the key that memcached gets: unchanged when it is safe, else its digest. `$` is not safe, because the library inserts keys by
 * `String.replace`, where it has a special meaning. Different keys stay different.
 */
export function toMemcacheKey(key: string): string {
  return safe.test(key) ? key : DIGEST_START + createHash('sha256').update(key).digest('base64url');
}
