import fc from 'fast-check';
import { toStoredKey } from './storedKey';
import { createKeyCache } from './keyCache';
import type { KeyCache } from './keyCache';
import { usedHeap } from '../testing/harness/usedHeap';

describe('cached stored keys', () => {
  it('equal the uncached ones, for any plugins in any order', () => {
    // Few keys, so that they repeat. Some contain others, and some have to be encoded.
    const keys = [
      '',
      'a',
      'aa',
      'a:a',
      'a b',
      'ü',
      '\ud800',
      '%uD800',
      'x'.repeat(180),
      'x'.repeat(256),
      'x'.repeat(257),
    ];
    const call = fc.tuple(fc.constantFrom('a:', 'b:', 'a:a:'), fc.constantFrom(...keys));
    fc.assert(
      fc.property(fc.array(call, { minLength: 20, maxLength: 200 }), calls => {
        const keyCache = createKeyCache();
        for (const [prefix, key] of calls) expect(keyCache.toStoredKey(prefix, key)).toBe(toStoredKey(prefix, key));
      }),
    );
  });

  it('are correct when there are more than fit in the cache', () => {
    const keyCache = createKeyCache();
    for (const [round, prefix] of ['a:', 'a:', 'b:'].entries()) {
      for (let number = 0; number < 12_000; number++) {
        const key = `${round === 1 ? 'other' : 'key'} ${number}`;
        if (keyCache.toStoredKey(prefix, key) !== toStoredKey(prefix, key))
          throw new Error(`Wrong for ${prefix} and ${key}`);
      }
    }
  });

  it.each([undefined, null, 1, {}, ['a']])(
    'are rejected with CACHE_INVALID_KEY when the key is not a string: %j',
    key => {
      const keyCache = createKeyCache();
      for (let time = 0; time < 2; time++) {
        expect(() => keyCache.toStoredKey('a:', key as string)).toThrow(
          expect.objectContaining({ code: 'CACHE_INVALID_KEY' }),
        );
      }
    },
  );

  it('do not retain the larger strings that their keys were cut from', () => {
    const fill = (keyCache: KeyCache) => {
      for (let number = 0; number < 100; number++) {
        const page = Buffer.alloc(500_000, `page ${number} `).toString('latin1');
        for (const length of [50, 5000]) keyCache.toStoredKey('catalog:', page.slice(10, 10 + length));
        // Without a space, so that the key is stored unencoded.
        keyCache.toStoredKey('catalog:', Buffer.alloc(500_000, `page-${number}.`).toString('latin1').slice(10, 60));
      }
    };
    // Warm-up: compiles the code that is measured.
    fill(createKeyCache());
    const keyCache = createKeyCache();
    const heapBefore = usedHeap();
    fill(keyCache);
    expect(usedHeap() - heapBefore).toBeLessThan(2 ** 20);
    expect(keyCache.toStoredKey('catalog:', 'key')).toBe('catalog:key');
  });

  it('take less than 8 MiB for 200,000 distinct keys', () => {
    const keyCache = createKeyCache();
    const heapBefore = usedHeap();
    for (let number = 0; number < 200_000; number++) {
      const key = `${'component/'.repeat(15)}${number}`;
      // Each key is used twice in a row, as by a get and the set after it.
      for (let time = 0; time < 2; time++) keyCache.toStoredKey('catalog:', key);
    }
    expect(usedHeap() - heapBefore).toBeLessThan(8 * 2 ** 20);
    expect(keyCache.toStoredKey('catalog:', 'key')).toBe('catalog:key');
  });
});
