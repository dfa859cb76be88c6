import fc from 'fast-check';
import { toEntryLife } from './entryLife';

const HOUR = 3_600_000;
const settings = { ttlMs: HOUR, staleTtlMs: 2 * HOUR, negativeTtlMs: undefined, jitter: 0 };

describe('the life of a loaded value', () => {
  it.each([
    ['is fresh for ttl and stored for staleTtl', {}, {}, false, [HOUR, 2 * HOUR]],
    ['has no stale life when staleTtl is ttl', { staleTtlMs: HOUR }, {}, false, [HOUR, HOUR]],
    ['has no stale life when staleTtl is below ttl', { staleTtlMs: 1 }, {}, false, [HOUR, HOUR]],
    ['is never stale when it is null', {}, {}, true, [HOUR, HOUR]],
    ['is negativeTtl when it is null', { negativeTtlMs: 5 }, {}, true, [5, 5]],
    ['is what the load has set, without a stale life', { negativeTtlMs: 5 }, { ttlMs: 7 }, false, [7, 7]],
    ['is what the load has set for null, too', { negativeTtlMs: 5 }, { ttlMs: 7 }, true, [7, 7]],
    ['is nothing when the ttl is 0', { ttlMs: 0 }, {}, false, [0, 0]],
    ['is left to the store without a ttl', { ttlMs: undefined }, {}, false, [undefined, undefined]],
    ['has no end with a ttl of Infinity', { ttlMs: Infinity, jitter: 1 }, {}, false, [Infinity, Infinity]],
    ['is no longer than maxTtl, with the stale life', { maxTtlMs: 90 }, {}, false, [90, 90]],
    ['has a stale life up to maxTtl', { ttlMs: 50, maxTtlMs: 90 }, {}, false, [50, 90]],
    ['has the stale life below maxTtl', { ttlMs: 50, staleTtlMs: 70, maxTtlMs: 90 }, {}, false, [50, 70]],
    ['ends by maxTtl where it had no end', { ttlMs: Infinity, maxTtlMs: 90 }, {}, false, [90, 90]],
    ['is no longer than maxTtl when the load has set it', { maxTtlMs: 90 }, { ttlMs: HOUR }, false, [90, 90]],
    ['is no longer than maxTtl when it is null', { negativeTtlMs: HOUR, maxTtlMs: 90 }, {}, true, [90, 90]],
    ['is nothing when the ttl is 0, with maxTtl', { ttlMs: 0, maxTtlMs: 90 }, {}, false, [0, 0]],
    ['may have a stale life without end', { staleTtlMs: Infinity }, {}, false, [HOUR, Infinity]],
  ])('%s', (_what, change, decision, isNull, [freshMs, storedMs]) => {
    expect(toEntryLife({ ...settings, ...change }, decision, isNull)).toEqual({ freshMs, storedMs });
  });

  it('is shortened by jitter: by whole ms, at most by that part, never to 0, and the stale life not at all', () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: HOUR }), fc.double({ min: 0, max: 1, noNaN: true }), (ttlMs, jitter) => {
        const { freshMs = NaN, storedMs } = toEntryLife({ ...settings, ttlMs, jitter }, {}, false);
        expect(Number.isInteger(freshMs)).toBe(true);
        expect(freshMs).toBeGreaterThanOrEqual(Math.max(1, Math.floor(ttlMs * (1 - jitter))));
        expect(freshMs).toBeLessThanOrEqual(ttlMs);
        expect(storedMs).toBe(2 * HOUR);
      }),
    );
  });
});
