import { createHash } from 'node:crypto';
import fc from 'fast-check';
import { toKeyPrefix, toStoredKey } from './storedKey';
import { usedHeap } from '../testing/harness/usedHeap';

/** Any UTF-16 text, with lone surrogates and NUL; some are long. */
const anyText = fc
  .array(fc.integer({ min: 0, max: 0xffff }), { maxLength: 60, size: 'max' })
  .map(units => String.fromCharCode(...units));
const anyKey = fc.oneof(
  anyText,
  fc.string(),
  anyText.map(text => 'x'.repeat(9_900) + text),
  fc.constantFrom('', '%', '%20', ' ', '!sha256-', '%uD800', '\ud800', '\ufffd'),
);
/** Texts longer than the parts in which keys are encoded, with any characters at the boundaries of parts. */
const longText = fc
  .tuple(
    fc.nat(20_000),
    fc.array(anyText, { minLength: 1, maxLength: 4 }),
    fc.constantFrom('x', ' ', 'ü', '€', '👩', '\ud83d'),
  )
  .map(([length, texts, filling]) => texts.join(filling.repeat(length)));
const pluginIds = fc.stringMatching(/^[A-Za-z0-9_-]{1,64}$/);

/** A second implementation of the encoding, character by character. */
function encodeByRule(character: string): string {
  if (/^[A-Za-z0-9\-_.~:/@,=+]$/.test(character)) return character;
  const code = character.codePointAt(0) as number;
  if (code >= 0xd800 && code <= 0xdfff) return `%u${code.toString(16).toUpperCase()}`;
  return [...Buffer.from(character)].map(byte => `%${byte.toString(16).toUpperCase().padStart(2, '0')}`).join('');
}

function storedKeyByRule(prefix: string, key: string): string {
  // Cached, because most of a long text is the same character.
  const known = new Map<string, string>();
  const encoded = Array.from(key, character => {
    const text = known.get(character) ?? encodeByRule(character);
    known.set(character, text);
    return text;
  }).join('');
  if (encoded.length <= 180) return prefix + encoded;
  return `${prefix}!sha256-${createHash('sha256').update(encoded).digest('base64url')}`;
}

/**
 * How many times as long `run` takes as `yardstick`, in CPU time: the least of five pairs. Both runs of a pair follow each other, because
 * other processes slow down whatever runs at the time.
 */
function timesAsLong(run: () => unknown, yardstick: () => unknown): number {
  const ratios = Array.from({ length: 5 }, () => {
    const yardstickUs = cpuUs(yardstick);
    return cpuUs(run) / yardstickUs;
  });
  return Math.min(...ratios);
}

function cpuUs(run: () => unknown): number {
  const before = process.cpuUsage();
  run();
  const { user, system } = process.cpuUsage(before);
  return user + system;
}

describe('a stored key', () => {
  it('contains a plain key unencoded', () => {
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

  it('equals that of a character-by-character reference encoder, for keys of any length', () => {
    fc.assert(
      fc.property(fc.oneof(anyKey, longText), key => toStoredKey('p:', key) === storedKeyByRule('p:', key)),
      { numRuns: 150 },
    );
  });

  it('is a digest when the encoded key would exceed the longest possible string', () => {
    expect(toStoredKey('p:', '€'.repeat(60_000_000))).toMatch(/^p:!sha256-[\w-]{43}$/);
  });

  it.each(['ü', '€', '👩', '\ud800', ' ', 'ü '])(
    'takes less CPU time than ten digests of 9 MB, for a million characters such as %j',
    characters => {
      const key = characters.repeat(1_000_000 / characters.length);
      const encoded = Buffer.alloc(9_000_000);
      const digest = () => createHash('sha256').update(encoded).digest();
      expect(timesAsLong(() => toStoredKey('p:', key), digest)).toBeLessThan(10);
    },
  );

  it.each([
    ['a text with one byte per character', (text: string) => text],
    ['a text with two bytes per character', (text: string) => `${text}€`],
  ])('does not retain %s that its key was cut from', (_what, toText) => {
    const storedKeys: string[] = [];
    const heapBefore = usedHeap();
    for (let number = 0; number < 100; number++) {
      const page = toText(Buffer.alloc(200_000, `page-${number}-of-a-book.`).toString('latin1'));
      const [part, long] = [page.slice(10, 60), page.slice(10, 300)];
      const keys = [
        part,
        `${part} ü ${part}`,
        page.slice(0, 8),
        long,
        part + long,
        JSON.parse(JSON.stringify(part)) as string,
      ];
      storedKeys.push(...keys.map(key => toStoredKey('catalog:', key)), toKeyPrefix(page.slice(0, 40), part));
    }
    expect(usedHeap() - heapBefore).toBeLessThan(2 ** 20);
    expect(storedKeys).toHaveLength(700);
  });

  it('differs for different keys', () => {
    fc.assert(
      fc.property(anyKey, anyKey, (one, two) => (toStoredKey('p:', one) === toStoredKey('p:', two)) === (one === two)),
      { numRuns: 2000 },
    );
  });

  it('differs when one character of the key differs', () => {
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

  it('never starts with the prefix of another plugin', () => {
    fc.assert(
      fc.property(pluginIds, pluginIds, anyKey, (one, two, key) => {
        fc.pre(one !== two);
        expect(toStoredKey(toKeyPrefix(one), key).startsWith(toKeyPrefix(two))).toBe(false);
      }),
    );
  });
});

describe('an invalid part of a key', () => {
  it.each(['', 'a:b', 'a b', 'ü', 'a\n', 'x'.repeat(65)])(
    'is rejected as plugin id with CACHE_CONFIG: %j',
    pluginId => {
      expect(() => toKeyPrefix(pluginId)).toThrow(expect.objectContaining({ code: 'CACHE_CONFIG' }));
    },
  );

  it.each(['a b', 'ü', 'a\r\n', 'x'.repeat(101)])(
    'is rejected as namespace and as separator with CACHE_CONFIG: %j',
    text => {
      expect(() => toKeyPrefix('p', text)).toThrow(expect.objectContaining({ code: 'CACHE_CONFIG' }));
      expect(() => toKeyPrefix('p', 'my-app', text)).toThrow(expect.objectContaining({ code: 'CACHE_CONFIG' }));
    },
  );

  it('an empty namespace is valid and means none', () => {
    expect(toKeyPrefix('p', '')).toBe('p:');
  });

  it.each([undefined, null, 1, {}, ['a']])('is rejected as key with CACHE_INVALID_KEY: %j', key => {
    expect(() => toStoredKey('p:', key as string)).toThrow(expect.objectContaining({ code: 'CACHE_INVALID_KEY' }));
  });
});
