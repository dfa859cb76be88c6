import fc from 'fast-check';
import { toKeyPrefix, toStoredKey } from './storedKey';

/** Any UTF-16 text: lone surrogates, NUL and everything else, and now and then a long one. */
const anyText = fc
  .array(fc.integer({ min: 0, max: 0xffff }), { maxLength: 60, size: 'max' })
  .map(units => String.fromCharCode(...units));
const anyKey = fc.oneof(
  anyText,
  fc.string(),
  anyText.map(text => 'x'.repeat(9_900) + text),
  fc.constantFrom('', '%', '%20', ' ', '!sha256-', '%uD800', '\ud800', '\ufffd'),
);
const pluginIds = fc.stringMatching(/^[A-Za-z0-9_-]{1,64}$/);

describe('a stored key', () => {
  it('shows a plain key as it is', () => {
    expect(toStoredKey(toKeyPrefix('catalog'), 'some-key')).toBe('catalog:some-key');
    expect(toStoredKey(toKeyPrefix('catalog', 'my-app'), 'some-key')).toBe('my-app:catalog:some-key');
    expect(toStoredKey(toKeyPrefix('Catalog_2', 'my-app', '!'), 'a/b:c@d,e=f+g~h.i')).toBe(
      'my-app!Catalog_2:a/b:c@d,e=f+g~h.i',
    );
  });

  it.each([
    ['a b', 'p:a%20b'],
    ['100%', 'p:100%25'],
    ['ü', 'p:%C3%BC'],
    ['👩', 'p:%F0%9F%91%A9'],
    ['\ud800', 'p:%uD800'],
    ['\0', 'p:%00'],
    ['!', 'p:%21'],
    ['$&*', 'p:%24%26%2A'],
    ['', 'p:'],
  ])('encodes %j', (key, storedKey) => {
    expect(toStoredKey('p:', key)).toBe(storedKey);
  });

  it('is a digest when the encoded key is longer than 180 bytes', () => {
    expect(toStoredKey('p:', 'x'.repeat(180))).toBe(`p:${'x'.repeat(180)}`);
    expect(toStoredKey('p:', 'x'.repeat(181))).toMatch(/^p:!sha256-[\w-]{43}$/);
    expect(toStoredKey('p:', 'ü'.repeat(31))).toMatch(/^p:!sha256-/);
  });

  it('is another one for every other key', () => {
    fc.assert(
      fc.property(anyKey, anyKey, (one, two) => (toStoredKey('p:', one) === toStoredKey('p:', two)) === (one === two)),
      { numRuns: 2000 },
    );
  });

  it('differs where one character of the key does', () => {
    fc.assert(
      fc.property(anyText, fc.nat(0xffff), fc.nat(0xffff), anyText, (start, one, two, end) => {
        const [a, b] = [one, two].map(unit => start + String.fromCharCode(unit) + end) as [string, string];
        expect(toStoredKey('p:', a) === toStoredKey('p:', b)).toBe(a === b);
      }),
      { numRuns: 2000 },
    );
  });

  it('has 1 to 250 bytes of printable ASCII without spaces', () => {
    fc.assert(
      fc.property(pluginIds, anyKey, (pluginId, key) => {
        expect(toStoredKey(toKeyPrefix(pluginId), key)).toMatch(/^[\x21-\x7e]{1,250}$/);
      }),
    );
  });

  it('of one plugin never begins as those of another do', () => {
    fc.assert(
      fc.property(pluginIds, pluginIds, anyKey, (one, two, key) => {
        fc.pre(one !== two);
        expect(toStoredKey(toKeyPrefix(one), key).startsWith(toKeyPrefix(two))).toBe(false);
      }),
    );
  });
});

describe('what cannot be part of a key', () => {
  it.each(['', 'a:b', 'a b', 'ü', 'a\n', 'x'.repeat(65)])('is refused as plugin id: %j', pluginId => {
    expect(() => toKeyPrefix(pluginId)).toThrow(expect.objectContaining({ code: 'CACHE_CONFIG' }));
  });

  it.each(['a b', 'ü', 'a\r\n', 'x'.repeat(101)])('is refused as namespace and as separator: %j', text => {
    expect(() => toKeyPrefix('p', text)).toThrow(expect.objectContaining({ code: 'CACHE_CONFIG' }));
    expect(() => toKeyPrefix('p', 'my-app', text)).toThrow(expect.objectContaining({ code: 'CACHE_CONFIG' }));
  });

  it('is not an empty namespace, which means none', () => {
    expect(toKeyPrefix('p', '')).toBe('p:');
  });

  it.each([undefined, null, 1, {}, ['a']])('is refused as key: %j', key => {
    expect(() => toStoredKey('p:', key as string)).toThrow(expect.objectContaining({ code: 'CACHE_INVALID_KEY' }));
  });
});
