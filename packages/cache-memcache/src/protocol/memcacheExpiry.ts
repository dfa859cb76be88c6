/** Longest span of time for memcached; a larger number is a date. https://docs.memcached.org/protocols/basic/ */
const MAX_SPAN_SECONDS = 30 * 24 * 60 * 60;
/** The last date that memcached can hold. */
const MAX_DATE_SECONDS = 2 ** 31 - 1;
const NEVER = 0;

/**
 * Converts a ttl to an expiry of memcached. It never ends before the ttl; core enforces the exact end. Beyond the last date
 * it is no expiry.
 */
export function toMemcacheExpiry(ttlMs: number | undefined, nowMs: number): number {
  if (ttlMs === undefined) return NEVER;
  // Two more: memcached reads its clock once a second, a little later each time, and keeps whole seconds. So now and then it skips one,
  // and what is written just before is behind by two. https://github.com/memcached/memcached/issues/679
  const spanSeconds = Math.ceil(ttlMs / 1000) + 2;
  if (spanSeconds <= MAX_SPAN_SECONDS) return spanSeconds;
  const dateSeconds = Math.ceil((nowMs + ttlMs) / 1000) + 1;
  return dateSeconds <= MAX_DATE_SECONDS ? dateSeconds : NEVER;
}
