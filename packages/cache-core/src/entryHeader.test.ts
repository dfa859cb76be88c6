import fc from 'fast-check';
import { withHeader, withoutHeader } from './entryHeader';

const at = (nowMs: number) => () => nowMs;

describe('a header in front of a text', () => {
  it('gives the text back for its own key, whatever the text is', () => {
    fc.assert(
      fc.property(fc.stringMatching(/^[\x21-\x7e]{1,80}$/), fc.string(), (key, text) => {
        expect(withoutHeader(key, withHeader(key, text, undefined), true, at(1000))).toBe(text);
        expect(withoutHeader(key, withHeader(key, text, 1001), true, at(1000))).toBe(text);
      }),
    );
  });

  it('makes it a miss for another key, at its expiry and after it', () => {
    const text = withHeader('catalog:key', '"bob"', 1000);
    expect(withoutHeader('catalog:key', text, true, at(999))).toBe('"bob"');
    expect(withoutHeader('catalog:key', text, true, at(1000))).toBeUndefined();
    expect(withoutHeader('catalog:key2', text, true, at(999))).toBeUndefined();
  });

  it('of another version, or cut off, is a miss', () => {
    for (const text of ['#2 catalog:key - 1', '#1 catalog:key', '#', '#1 catalog:key x 1']) {
      expect(withoutHeader('catalog:key', text, true, at(1000))).toBeUndefined();
    }
  });
});

describe('a text without a header', () => {
  it('is as it is, and a miss where headers are required', () => {
    expect(withoutHeader('catalog:key', '"#1"', false)).toBe('"#1"');
    expect(withoutHeader('catalog:key', '"bob"', true)).toBeUndefined();
  });
});
