import { countBytes } from './countBytes';

describe('countBytes', () => {
  it.each([
    ['an empty text', '', 0],
    ['ASCII letters', 'bob', 3],
    ['letters with diacritics', 'Žižka', 7],
    ['a lone surrogate', '\ud800', 3],
  ])('counts UTF-8 bytes: %s', (_what, text, bytes) => {
    expect(countBytes(text)).toBe(bytes);
  });

  it('is exact for a long text whose characters all have the same size', () => {
    expect(countBytes('x'.repeat(1_000_000))).toBe(1_000_000);
    expect(countBytes('ž'.repeat(5000))).toBe(10_000);
  });

  it('estimates a long text from its beginning', () => {
    expect(countBytes('x'.repeat(4096) + 'ž'.repeat(4096))).toBe(8192);
  });
});
