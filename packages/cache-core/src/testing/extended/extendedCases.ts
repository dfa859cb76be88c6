import assert from 'node:assert/strict';
import { extendedCase, expectStored, neverLoad } from './caseTools';
import type { ExtendedCase } from './extendedTarget';
import { frozenCases, sharedFrozenCases } from './frozenCases';
import { flightCases } from './flightCases';
import { manyCases } from './manyCases';
import { namespaceCases } from './namespaceCases';
import { optionCases } from './optionCases';
import { processCases } from './processCases';
import { staleCases } from './staleCases';

const valueCases: readonly ExtendedCase[] = [
  extendedCase('every caller gets a value as JSON converts it, including the one that loads it', async cache => {
    const loaded = { list: [undefined, NaN, -0, new Date(0)], absent: undefined, text: '\ud800' };
    const json = { list: [null, null, 0, '1970-01-01T00:00:00.000Z'], text: '\ud800' };
    assert.deepEqual(await cache.getOrSet<never>('key', () => loaded as never), json);
    await expectStored(cache, 'key', json);
    assert.deepEqual(await cache.getOrSet('key', neverLoad), json);
  }),
  extendedCase('any text is a distinct key', async cache => {
    const keys = [
      '',
      ' ',
      '\0',
      '\n',
      '__proto__',
      'constructor',
      'é',
      'e\u0301',
      '\ud800',
      'K',
      'k',
      'k'.repeat(100_000),
    ];
    await cache.getOrSetMany(keys, missing => new Map(missing.map(key => [key, `${key}!`])));
    for (const key of keys) await expectStored(cache, key, `${key}!`);
    assert.deepEqual([...(await cache.getMany(keys)).keys()], keys);
  }),
  extendedCase('a value that looks like an internal record of the cache comes back unchanged', async cache => {
    for (const value of [
      { $greenroom: 1, value: 'x' },
      { $greenroom: 1, value: 'x', freshUntilMs: 1, staleUntilMs: 1 },
      { $greenroom: 2, value: 'x' },
      { $greenroom: 'x' },
      { $greenroom: { value: 1 } },
      '#1 key - 1',
    ]) {
      await cache.set('set', value);
      assert.deepEqual(await cache.get('set'), value);
      assert.deepEqual(await cache.getOrSet('set', () => 'no'), value);
      const options = { ttl: '1m', staleTtl: '2m', forceFresh: true } as const;
      assert.deepEqual(await cache.getOrSet<never>('loaded', () => value as never, options), value);
      await expectStored(cache, 'loaded', value);
    }
  }),
];

/** The promises of an extended cache as data, for any test runner. */
export const extendedCases: readonly ExtendedCase[] = [
  ...flightCases,
  ...staleCases,
  ...manyCases,
  ...namespaceCases,
  ...optionCases,
  ...processCases,
  ...valueCases,
  ...frozenCases,
];

/** What an extended cache of Greenroom promises in addition to {@link extendedCases}, with any store. */
export const pluginCases: readonly ExtendedCase[] = [...sharedFrozenCases];
