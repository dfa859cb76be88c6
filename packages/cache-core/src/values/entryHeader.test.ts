import fc from 'fast-check';
import { overdueMsOf, readEntryText, withFreshness, withHeader, withoutHeader } from './entryHeader';

const at = (nowMs: number) => () => nowMs;

describe('a text with a header', () => {
  it('is readable under its own key, whatever its content', () => {
    fc.assert(
      fc.property(fc.stringMatching(/^[\x21-\x7e]{1,80}$/), fc.string(), (key, text) => {
        expect(withoutHeader(key, withHeader(key, text, undefined), true, at(1000))).toBe(text);
        expect(withoutHeader(key, withHeader(key, text, 1001), true, at(1000))).toBe(text);
      }),
    );
  });

  it('is a miss for another key, and from its expiry on', () => {
    const text = withHeader('catalog:key', '"bob"', 1000);
    expect(withoutHeader('catalog:key', text, true, at(999))).toBe('"bob"');
    expect(withoutHeader('catalog:key', text, true, at(1000))).toBeUndefined();
    expect(withoutHeader('catalog:key2', text, true, at(999))).toBeUndefined();
  });

  it('says how long ago the entry expired', () => {
    const text = withHeader('catalog:key', '"bob"', 1000);
    expect([999, 1000, 1500].map(nowMs => overdueMsOf('catalog:key', text, at(nowMs)))).toEqual([0, 0, 500]);
    expect(overdueMsOf('catalog:key2', text, at(1500))).toBe(0);
    expect(overdueMsOf('catalog:key', withHeader('catalog:key', '"bob"', undefined), at(1500))).toBe(0);
    expect(overdueMsOf('catalog:key', '"bob"', at(1500))).toBe(0);
  });

  it('is a miss when the header is truncated, malformed or of an unknown version', () => {
    for (const text of ['#2 catalog:key - 1', '#1 catalog:key', '#', '#1 catalog:key x 1', '#4 catalog:key - 1']) {
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

describe('a text with a freshness header', () => {
  const timeMs = fc.oneof(fc.nat(), fc.constant(Infinity));

  it('is read with its times and meta under its own key, and is a miss under another key', () => {
    fc.assert(
      fc.property(
        fc.stringMatching(/^[\x21-\x7e]{1,80}$/),
        fc.string(),
        timeMs,
        timeMs,
        fc.option(fc.string({ minLength: 1 }), { nil: undefined }),
        (key, json, freshUntilMs, staleUntilMs, metaJson) => {
          const freshness = { freshUntilMs, staleUntilMs, metaJson };
          const text = withFreshness(key, json, freshness);
          expect(readEntryText(key, text, true)).toEqual({ ...freshness, json });
          expect(readEntryText(`${key}2`, text, true)).toBeUndefined();
        },
      ),
    );
  });

  it('is a miss for a plain get once it is stale, and overdue once it has expired', () => {
    const text = withFreshness('catalog:key', '"bob"', { freshUntilMs: 1000, staleUntilMs: 2000 });
    expect(withoutHeader('catalog:key', text, true, at(999))).toBe('"bob"');
    expect(withoutHeader('catalog:key', text, false, at(1000))).toBeUndefined();
    expect(overdueMsOf('catalog:key', text, at(1999))).toBe(0);
    expect(overdueMsOf('catalog:key', text, at(2500))).toBe(500);
  });

  it('a text without a freshness header is fresh until its expiry, or forever without one', () => {
    expect(readEntryText('catalog:key', '"bob"', false)).toEqual({
      json: '"bob"',
      freshUntilMs: Infinity,
      staleUntilMs: Infinity,
    });
    expect(readEntryText('catalog:key', '"bob"', true)).toBeUndefined();
    expect(readEntryText('catalog:key', withHeader('catalog:key', '1', 5), true)).toEqual({
      json: '1',
      freshUntilMs: 5,
      staleUntilMs: 5,
    });
  });
});
