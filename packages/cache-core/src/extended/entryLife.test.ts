import fc from 'fast-check';
import { toEntryLife } from './entryLife';

const HOUR = 3_600_000;
const settings = { ttlMs: HOUR, staleTtlMs: 2 * HOUR, negativeTtlMs: undefined, jitter: 0 };

describe('the life of a loaded value', () => {
  it.each([
    ['is fresh for ttl and stored for staleTtl', {}, {}, false, [HOUR, 2 * HOUR]],
    ['has no stale time when staleTtl equals ttl', { staleTtlMs: HOUR }, {}, false, [HOUR, HOUR]],
    ['has no stale time when staleTtl is below ttl', { staleTtlMs: 1 }, {}, false, [HOUR, HOUR]],
    ['has no stale time when the value is null', {}, {}, true, [HOUR, HOUR]],
    ['is negativeTtl when the value is null', { negativeTtlMs: 5 }, {}, true, [5, 5]],
    ['is the ttl that the load sets, without a stale time', { negativeTtlMs: 5 }, { ttlMs: 7 }, false, [7, 7]],
    ['is the ttl that the load sets, also when the value is null', { negativeTtlMs: 5 }, { ttlMs: 7 }, true, [7, 7]],
    ['is 0 ms when the ttl is 0', { ttlMs: 0 }, {}, false, [0, 0]],
    ['is undefined without a ttl', { ttlMs: undefined }, {}, false, [undefined, undefined]],
    [
      'is infinite when the ttl is Infinity, also with jitter',
      { ttlMs: Infinity, jitter: 1 },
      {},
      false,
      [Infinity, Infinity],
    ],
    ['is at most maxTtl, including the stale time', { maxTtlMs: 90 }, {}, false, [90, 90]],
    ['has a stale time up to maxTtl', { ttlMs: 50, maxTtlMs: 90 }, {}, false, [50, 90]],
    [
      'has its whole stale time when staleTtl is below maxTtl',
      { ttlMs: 50, staleTtlMs: 70, maxTtlMs: 90 },
      {},
      false,
      [50, 70],
    ],
    ['is maxTtl when the ttl is Infinity', { ttlMs: Infinity, maxTtlMs: 90 }, {}, false, [90, 90]],
    ['is at most maxTtl when the load sets the ttl', { maxTtlMs: 90 }, { ttlMs: HOUR }, false, [90, 90]],
    ['is at most maxTtl when the value is null', { negativeTtlMs: HOUR, maxTtlMs: 90 }, {}, true, [90, 90]],
    ['is 0 ms when the ttl is 0, also with maxTtl', { ttlMs: 0, maxTtlMs: 90 }, {}, false, [0, 0]],
    ['may have an infinite stale time', { staleTtlMs: Infinity }, {}, false, [HOUR, Infinity]],
  ])('%s', (_what, change, decision, isNull, [freshMs, storedMs]) => {
    expect(toEntryLife({ ...settings, ...change }, decision, isNull)).toEqual({ freshMs, storedMs });
  });

  it('is shortened at most by the jitter fraction, to at least 1 whole ms, and its stale time is unchanged', () => {
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
