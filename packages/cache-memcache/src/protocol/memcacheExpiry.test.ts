import fc from 'fast-check';
import { toMemcacheExpiry } from './memcacheExpiry';

const nowMs = Date.UTC(2026, 10, 23, 12);
const DAY_MS = 24 * 60 * 60 * 1000;
const YEAR_MS = 365 * DAY_MS;

describe('an expiry in memcached', () => {
  it.each([
    ['0 (no expiry) without a ttl', undefined, 0],
    ['3 s for a ttl of 1 ms: rounded up, plus 2 s', 1, 3],
    ['3 s for a ttl of 1 s: plus 2 s', 1000, 3],
    ['4 s for a ttl of 1001 ms: rounded up, plus 2 s', 1001, 4],
    ['relative up to 30 days', 30 * DAY_MS - 2000, 2_592_000],
    ['a date above 30 days', 30 * DAY_MS - 1999, nowMs / 1000 + 2_592_000],
    ['a date for a ttl of ten years', 10 * YEAR_MS, (nowMs + 10 * YEAR_MS) / 1000 + 1],
    ['0 (no expiry) beyond the last date that memcached can hold', 12 * YEAR_MS, 0],
    ['0 (no expiry) for the longest ttl that core passes on', Number.MAX_SAFE_INTEGER, 0],
  ])('is %s', (_what, ttlMs, expiry) => {
    expect(toMemcacheExpiry(ttlMs, nowMs)).toBe(expiry);
  });

  it('is a whole number in the range of memcached, and is never earlier than the end of the ttl', () => {
    const ttls = fc.oneof(
      fc.integer({ min: 1, max: 60 * DAY_MS }),
      fc.integer({ min: 1, max: Number.MAX_SAFE_INTEGER }),
    );
    fc.assert(
      fc.property(ttls, fc.nat(999), (ttlMs, ms) => {
        const expiry = toMemcacheExpiry(ttlMs, nowMs + ms);
        expect(Number.isInteger(expiry)).toBe(true);
        expect(expiry).toBeGreaterThanOrEqual(0);
        expect(expiry).toBeLessThan(2 ** 31);
        if (expiry === 0) return;
        // The clock of memcached may jump ahead by two seconds.
        const endMs = expiry <= 2_592_000 ? nowMs + ms + (expiry - 2) * 1000 : expiry * 1000;
        expect(endMs).toBeGreaterThanOrEqual(nowMs + ms + ttlMs);
      }),
    );
  });
});
