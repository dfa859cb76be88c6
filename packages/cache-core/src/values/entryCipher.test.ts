import { randomBytes } from 'node:crypto';
import fc from 'fast-check';
import { toEncryptionKey } from '../contract/encryptionKey';
import { createEntryCiphers } from './entryCipher';

const [one, two] = [randomBytes(32), randomBytes(32)];
const key = 'my-app:catalog:some-key';
const cipherOf = (...keys: Buffer[]) => createEntryCiphers(keys)('my-app:catalog:');
const flip = (text: string, at: number) => {
  const other = text[at] === 'A' ? 'B' : 'A';
  return text.slice(0, at) + other + text.slice(at + 1);
};

describe('an encrypted text', () => {
  it('decrypts to the original text, whatever its content and length', () => {
    const cipher = cipherOf(one);
    fc.assert(
      fc.property(fc.string({ unit: 'grapheme', maxLength: 3000 }), text => {
        const json = JSON.stringify(text);
        expect(cipher.decrypt(key, cipher.encrypt(key, json))).toBe(json);
      }),
    );
    expect(cipher.decrypt(key, cipher.encrypt(key, ''))).toBe('');
    // Around the length above which texts have buffers of their own.
    for (const length of [49_000, 49_200, 65_500, 65_536, 65_600, 200_000]) {
      const json = JSON.stringify('x'.repeat(length));
      expect(cipher.decrypt(key, cipher.encrypt(key, json)) === json).toBe(true);
    }
  });

  it('does not reveal the original text, and has a different nonce each time', () => {
    const cipher = cipherOf(one);
    const texts = Array.from({ length: 1000 }, () => cipher.encrypt(key, '"hunter2"'));
    expect(new Set(texts.map(text => text.slice(0, 12)))).toEqual(new Set([texts[0]!.slice(0, 12)]));
    // The nonces, none of which may occur twice.
    expect(new Set(texts.map(text => text.slice(12, 28))).size).toBe(1000);
    for (const text of texts) {
      expect(text).toMatch(/^#3 [\w-]{8} [\w+/=]+$/);
      expect(Buffer.from(text.slice(12), 'base64').toString('latin1')).not.toContain('hunter2');
    }
  });

  it('does not decrypt under another cache key or for another plugin', () => {
    const ciphers = createEntryCiphers([one]);
    const text = ciphers('catalog:').encrypt('catalog:a', '1');
    expect(() => ciphers('catalog:').decrypt('catalog:b', text)).toThrow('does not decrypt');
    expect(() => ciphers('auth:').decrypt('catalog:a', text)).toThrow('does not decrypt');
    expect(ciphers('catalog:').decrypt('catalog:a', text)).toBe('1');
  });

  it('never decrypts to a different text when altered: CACHE_CORRUPT, CACHE_ENCRYPTION_KEY or a miss', () => {
    const cipher = cipherOf(one);
    const text = cipher.encrypt(key, '{"a":1}');
    for (let at = 0; at < text.length; at++) {
      let found: string | undefined;
      try {
        found = cipher.decrypt(key, flip(text, at));
      } catch (error) {
        expect((error as { code: string }).code).toMatch(/^CACHE_(CORRUPT|ENCRYPTION_KEY)$/);
      }
      // The last characters of a padded base64 text can have bits that mean nothing.
      if (found !== undefined) expect([at >= text.length - 3, found]).toEqual([true, '{"a":1}']);
    }
    const unpaddedLength = text.replace(/=+$/, '').length;
    for (let length = 0; length < unpaddedLength; length++) {
      const cut = () => cipher.decrypt(key, text.slice(0, length));
      if (length < 3) expect(cut()).toBeUndefined();
      else expect(cut).toThrow(expect.objectContaining({ code: 'CACHE_CORRUPT' }));
    }
  });

  it.each(['"plain"', '', '#1 my-app:catalog:some-key - 1', '#2 my-app:catalog:some-key - - 0 1', '#4 abc'])(
    'a text that is not encrypted is a miss: %j',
    text => {
      expect(cipherOf(one).decrypt(key, text)).toBeUndefined();
    },
  );
});

describe('encryption keys', () => {
  it('can be rotated: the first one encrypts, and all decrypt', () => {
    const [before, during, after] = [cipherOf(one), cipherOf(two, one), cipherOf(two)];
    const old = before.encrypt(key, '1');
    const fresh = during.encrypt(key, '2');
    expect(during.decrypt(key, old)).toBe('1');
    expect(during.decrypt(key, fresh)).toBe('2');
    expect(after.decrypt(key, fresh)).toBe('2');
    expect(() => after.decrypt(key, old)).toThrow(expect.objectContaining({ code: 'CACHE_ENCRYPTION_KEY' }));
  });

  it('are reported once each when unknown, across all plugins, and 16 at most', () => {
    const ciphers = createEntryCiphers([one]);
    const told = Array.from({ length: 100 }, (_, index) => {
      const text = cipherOf(randomBytes(32)).encrypt(key, '1');
      const attempt = (plugin: string) => {
        try {
          return ciphers(plugin).decrypt(key, text) === undefined ? 0 : NaN;
        } catch (error) {
          expect((error as Error).message).toContain(text.slice(3, 11));
          return 1;
        }
      };
      return attempt(`plugin-${index}:`) + attempt('my-app:catalog:') + attempt('other:');
    });
    expect(told).toEqual(Array.from({ length: 100 }, (_, index) => (index < 16 ? 1 : 0)));
  });

  it.each([
    ['base64', one.toString('base64')],
    ['base64 without padding', one.toString('base64').replace('=', '')],
    ['base64url', one.toString('base64url')],
    ['base64 with a line break at the end', `${one.toString('base64')}\n`],
  ])('are read from %s', (_what, text) => {
    expect(toEncryptionKey(text)).toEqual(one);
  });

  it.each([
    ['undefined', undefined],
    ['an empty text', ''],
    ['a passphrase', 'correct horse battery staple and more'],
    ['hexadecimal digits', one.toString('hex')],
    ['24 bytes', randomBytes(24).toString('base64')],
    ['33 bytes', randomBytes(33).toString('base64')],
    ['a number', 12345678],
  ])('are not read from %s', (_what, text) => {
    expect(toEncryptionKey(text)).toBeUndefined();
  });
});
