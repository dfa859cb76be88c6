import { encodeLongWords } from './encodeLongWords';

const characters = ['a', 'ÿ', '–', '🎈', '\ud83c'];

describe('encoding of long words', () => {
  it('leaves a command alone whose words are short', () => {
    const words = ['SET', 'key', 'x'.repeat(8192), 'PX', '1000'];
    expect(encodeLongWords(words)).toBe(words);
  });

  it.each([8193, 256 * 1024, 256 * 1024 + 1])('gives the UTF-8 of %i characters', length => {
    for (const character of characters) {
      const value = character.repeat(Math.ceil(length / character.length));
      const [name, key, encoded, ...rest] = encodeLongWords(['SET', 'key', value, 'PX', '1000']);
      expect([name, key, ...rest]).toEqual(['SET', 'key', 'PX', '1000']);
      expect(encoded).toBeInstanceOf(Buffer);
      expect(Buffer.from(value).equals(encoded as Buffer)).toBe(true);
    }
  });

  it('keeps what it has given when it encodes another one', () => {
    const [first] = encodeLongWords(['x'.repeat(10_000)]);
    encodeLongWords(['y'.repeat(10_000)]);
    expect(String(first)).toBe('x'.repeat(10_000));
  });
});
