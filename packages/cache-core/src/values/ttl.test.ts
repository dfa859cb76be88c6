import fc from 'fast-check';
import type { HumanDuration } from '../contract/duration';
import { toDefaultTtl, toTtl } from './ttl';

describe('the ttl of a set', () => {
  it.each([
    [1, 1],
    [0.1, 1],
    [1000.5, 1001],
    [0, 'expired'],
    [-0, 'expired'],
    [-5, 'expired'],
    [-Infinity, 'expired'],
    [Infinity, undefined],
    [1e300, undefined],
    [Number.MAX_SAFE_INTEGER, Number.MAX_SAFE_INTEGER],
    [{ minutes: 1, seconds: 30 }, 90_000],
    [{ years: 1 }, 31_536_000_000],
    [{ months: 1 }, 2_592_000_000],
    [{ seconds: 0 }, 'expired'],
    [{ minutes: 1, seconds: undefined }, 60_000],
  ])('%p becomes %s', (ttl, expected) => {
    expect(toTtl(ttl as number)).toBe(expected);
  });

  it('is rounded up to whole ms, expired or unlimited, for every number', () => {
    fc.assert(
      fc.property(fc.double({ noNaN: true }), ms => {
        const ttl = toTtl(ms);
        if (ms <= 0) expect(ttl).toBe('expired');
        else if (ms > Number.MAX_SAFE_INTEGER) expect(ttl).toBeUndefined();
        else expect(ttl).toBe(Math.ceil(ms));
      }),
    );
  });

  it.each([NaN, '1h', null, [], {}, true, { hour: 1 }, { seconds: '1' }, { seconds: NaN }, () => 1])(
    'is rejected with CACHE_INVALID_TTL: %p',
    ttl => {
      expect(() => toTtl(ttl as HumanDuration)).toThrow(expect.objectContaining({ code: 'CACHE_INVALID_TTL' }));
    },
  );
});

describe('a default ttl', () => {
  it('can be any duration above 0, and Infinity means none', () => {
    expect(toDefaultTtl(5.5)).toBe(6);
    expect(toDefaultTtl({ hours: 1 })).toBe(3_600_000);
    expect(toDefaultTtl(Infinity)).toBeUndefined();
  });

  it.each([0, -1, NaN, '1h', {}, { seconds: -1 }])('is rejected with CACHE_CONFIG: %p', ttl => {
    expect(() => toDefaultTtl(ttl as number)).toThrow(expect.objectContaining({ code: 'CACHE_CONFIG' }));
  });
});
