import { countBytes } from './countBytes';

describe('the bytes of a text', () => {
  it.each([
    ['none', '', 0],
    ['Latin', 'bob', 3],
    ['other letters', 'Žižka', 7],
    ['a lone surrogate', '\ud800', 3],
  ])('are counted in UTF-8: %s', (_what, text, bytes) => {
    expect(countBytes(text)).toBe(bytes);
  });

  it('are exact for a long text whose characters all have the same size', () => {
    expect(countBytes('x'.repeat(1_000_000))).toBe(1_000_000);
    expect(countBytes('ž'.repeat(5000))).toBe(10_000);
  });

  it('are estimated from the beginning of a long text', () => {
    expect(countBytes('x'.repeat(4096) + 'ž'.repeat(4096))).toBe(8192);
  });
});
