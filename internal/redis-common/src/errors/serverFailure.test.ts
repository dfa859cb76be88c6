import { inspect } from 'node:util';
import { CacheError } from '@greenroom/cache-core';
import { failureOf, withFailure } from './serverFailure';

describe('the failure details of a command', () => {
  it('are found only through the same error object', () => {
    const error = new CacheError('CACHE_REFUSED', 'Redis refused SET');
    expect(withFailure(error, { reply: 'ERR hunter2' })).toBe(error);
    expect(failureOf(error)).toEqual({ reply: 'ERR hunter2' });
    for (const other of [new CacheError('CACHE_REFUSED', 'Redis refused SET'), { ...error }, 'text', undefined]) {
      expect(failureOf(other)).toEqual({});
    }
    expect(failureOf(new CacheError('CACHE_UNAVAILABLE', 'away', { cause: error }))).toEqual({});
  });

  it('do not appear when the error is inspected or serialized', () => {
    const error = withFailure(new CacheError('CACHE_REFUSED', 'Redis refused SET'), { reply: 'ERR hunter2' });
    expect(inspect(error, { depth: Infinity, showHidden: true })).not.toContain('hunter2');
    expect(JSON.stringify(error, Object.getOwnPropertyNames(error))).not.toContain('hunter2');
  });
});
