import fc from 'fast-check';
import { toMemcacheKey } from './memcacheKey';

const printable = Array.from({ length: 0x7e - 0x20 }, (_, index) => String.fromCharCode(0x21 + index));

/** Any key that core can make. Short ones are frequent, so that they collide if they can. */
const keys = fc.oneof(
  fc.string({ unit: fc.constantFrom(...printable), minLength: 1, maxLength: 400 }),
  fc.string({ unit: fc.constantFrom('a', '$', '&', "'", '!'), minLength: 1, maxLength: 4 }),
);

describe('a key in memcached', () => {
  it('is unchanged when it is safe', () => {
    expect(toMemcacheKey('catalog:some-key/with%20@all,of+it=~')).toBe('catalog:some-key/with%20@all,of+it=~');
    expect(toMemcacheKey('x'.repeat(250))).toBe('x'.repeat(250));
  });

  it('is 1 to 250 printable ASCII characters without `$`', () => {
    fc.assert(fc.property(keys, key => expect(toMemcacheKey(key)).toMatch(/^[\x21-\x23\x25-\x7e]{1,250}$/)));
    expect(toMemcacheKey(`plugin$:${'x'.repeat(300)}`)).toMatch(/^!sha256-[\w-]{43}$/);
  });

  it('differs for different keys', () => {
    fc.assert(
      fc.property(keys, keys, (one, two) => {
        fc.pre(one !== two);
        expect(toMemcacheKey(one)).not.toBe(toMemcacheKey(two));
      }),
    );
    const digest = toMemcacheKey('a$b');
    expect(toMemcacheKey(digest)).not.toBe(digest);
  });
});
