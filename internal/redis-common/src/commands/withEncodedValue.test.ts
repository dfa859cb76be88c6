import { withEncodedValue } from './withEncodedValue';

const characters = ['a', 'ÿ', '–', '🎈', '\ud83c'];

describe('the value of a command', () => {
  it('is unchanged when it has at most 8192 characters', () => {
    const args = ['SET', 'key', 'x'.repeat(8192), 'PX', '1000'];
    expect(withEncodedValue(args)).toBe(args);
  });

  it.each([8193, 256 * 1024, 256 * 1024 + 1])('is encoded as UTF-8 when it has %i characters', length => {
    for (const character of characters) {
      const value = character.repeat(Math.ceil(length / character.length));
      const [name, key, encoded, ...rest] = withEncodedValue(['SET', 'key', value, 'PX', '1000']);
      expect([name, key, ...rest]).toEqual(['SET', 'key', 'PX', '1000']);
      expect(encoded).toBeInstanceOf(Buffer);
      expect(Buffer.from(value).equals(encoded as Buffer)).toBe(true);
    }
  });

  it('keeps its bytes when another value is encoded', () => {
    const [, , first] = withEncodedValue(['SET', 'key', 'x'.repeat(10_000)]);
    withEncodedValue(['SET', 'key', 'y'.repeat(10_000)]);
    expect(String(first)).toBe('x'.repeat(10_000));
  });
});
