/** What memcached takes for a span of time; anything above is a date. https://docs.memcached.org/protocols/basic/ */
const MAX_SPAN_SECONDS = 30 * 24 * 60 * 60;
/** The last date that memcached can hold. */
const MAX_DATE_SECONDS = 2 ** 31 - 1;
const NEVER = 0;

/**
 * The expiry of an entry as memcached takes it, never sooner than the ttl: core knows the end to the ms. What lies beyond the
 * last date is no expiry.
 */
export function toMemcacheExpiry(ttlMs: number | undefined, nowMs: number): number {
  if (ttlMs === undefined) return NEVER;
  // One more, because memcached counts ticks of its clock: "1 second" is over when the next one begins.
  const spanSeconds = Math.ceil(ttlMs / 1000) + 1;
  if (spanSeconds <= MAX_SPAN_SECONDS) return spanSeconds;
  const dateSeconds = Math.ceil((nowMs + ttlMs) / 1000) + 1;
  return dateSeconds <= MAX_DATE_SECONDS ? dateSeconds : NEVER;
}
