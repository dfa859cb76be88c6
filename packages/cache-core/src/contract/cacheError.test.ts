import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { CacheError, cacheErrorCodes, isCacheError } from './cacheError';

describe('a cache error', () => {
  it('is recognized by its code, also when it comes from another copy of this package', () => {
    expect(isCacheError(new CacheError('CACHE_TIMEOUT', 'late'))).toBe(true);
    expect(isCacheError(new CacheError('CACHE_TIMEOUT', 'late'), 'CACHE_TIMEOUT')).toBe(true);
    expect(isCacheError(new CacheError('CACHE_TIMEOUT', 'late'), 'CACHE_AUTH')).toBe(false);
    expect(isCacheError(Object.assign(new Error('late'), { code: 'CACHE_TIMEOUT' }))).toBe(true);
    for (const other of [
      new Error('x'),
      Object.assign(new Error('x'), { code: 'ECONNREFUSED' }),
      undefined,
      null,
      'x',
    ]) {
      expect(isCacheError(other)).toBe(false);
    }
  });

  it('docs/errors.md has exactly one section per code, in the order of the codes', () => {
    const text = readFileSync(join(__dirname, '../../../../docs/errors.md'), 'utf8');
    expect([...text.matchAll(/^## (\w+)$/gm)].map(([, code]) => code)).toEqual([...cacheErrorCodes]);
  });
});
