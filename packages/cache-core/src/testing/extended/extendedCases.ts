import assert from 'node:assert/strict';
import { extendedCase, expectStored } from './caseTools';
import type { ExtendedCase } from './extendedTarget';
import { flightCases } from './flightCases';
import { manyCases } from './manyCases';
import { namespaceCases } from './namespaceCases';
import { optionCases } from './optionCases';
import { staleCases } from './staleCases';

const valueCases: readonly ExtendedCase[] = [
  extendedCase('a value that has the form of what is stored beside others stays that value', async cache => {
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
  ...valueCases,
];
