import fc from 'fast-check';
import { overdueMsOf, withHeader, withoutHeader } from './entryHeader';

const at = (nowMs: number) => () => nowMs;

describe('a header in front of a text', () => {
  it('returns any text for its own key', () => {
    fc.assert(
      fc.property(fc.stringMatching(/^[\x21-\x7e]{1,80}$/), fc.string(), (key, text) => {
        expect(withoutHeader(key, withHeader(key, text, undefined), true, at(1000))).toBe(text);
        expect(withoutHeader(key, withHeader(key, text, 1001), true, at(1000))).toBe(text);
      }),
    );
  });

  it('makes it a miss for another key, and from its expiry on', () => {
    const text = withHeader('catalog:key', '"bob"', 1000);
    expect(withoutHeader('catalog:key', text, true, at(999))).toBe('"bob"');
    expect(withoutHeader('catalog:key', text, true, at(1000))).toBeUndefined();
    expect(withoutHeader('catalog:key2', text, true, at(999))).toBeUndefined();
  });

  it('tells how long ago the entry expired', () => {
    const text = withHeader('catalog:key', '"bob"', 1000);
    expect([999, 1000, 1500].map(nowMs => overdueMsOf('catalog:key', text, at(nowMs)))).toEqual([0, 0, 500]);
    expect(overdueMsOf('catalog:key2', text, at(1500))).toBe(0);
    expect(overdueMsOf('catalog:key', withHeader('catalog:key', '"bob"', undefined), at(1500))).toBe(0);
    expect(overdueMsOf('catalog:key', '"bob"', at(1500))).toBe(0);
  });

  it('of another version, or truncated, is a miss', () => {
    for (const text of ['#2 catalog:key - 1', '#1 catalog:key', '#', '#1 catalog:key x 1']) {
      expect(withoutHeader('catalog:key', text, true, at(1000))).toBeUndefined();
    }
  });
});

describe('a text without a header', () => {
  it('is returned unchanged, and is a miss when headers are required', () => {
    expect(withoutHeader('catalog:key', '"#1"', false)).toBe('"#1"');
    expect(withoutHeader('catalog:key', '"bob"', true)).toBeUndefined();
  });
});
