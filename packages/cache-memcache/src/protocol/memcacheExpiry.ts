/** Longest span of time for memcached; a larger number is a date. https://docs.memcached.org/protocols/basic/ */
const MAX_SPAN_SECONDS = 30 * 24 * 60 * 60;
/** The last date that memcached can hold. */
const MAX_DATE_SECONDS = 2 ** 31 - 1;
const NEVER = 0;

/**
 * Converts a ttl to an expiry of memcached. The expiry never ends before the ttl; core enforces the exact end. A ttl beyond the last
 * date becomes no expiry.
 */
export function toMemcacheExpiry(ttlMs: number | undefined, nowMs: number): number {
  if (ttlMs === undefined) return NEVER;
  // Two seconds are added: memcached reads its clock once a second, a little later each time, and keeps whole seconds. So at times it
  // skips a second, and an entry written just before would expire up to two seconds early.
  // https://github.com/memcached/memcached/issues/679
  const spanSeconds = Math.ceil(ttlMs / 1000) + 2;
  if (spanSeconds <= MAX_SPAN_SECONDS) return spanSeconds;
  const dateSeconds = Math.ceil((nowMs + ttlMs) / 1000) + 1;
  return dateSeconds <= MAX_DATE_SECONDS ? dateSeconds : NEVER;
}
