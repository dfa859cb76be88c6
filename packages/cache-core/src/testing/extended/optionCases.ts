import assert from 'node:assert/strict';
import { setTimeout as sleep } from 'node:timers/promises';
import type { GetOrSetOptions, ValueSchema } from '../../contract/extendedCache';
import { expectCode, expectGone, expectNeverStored, expectStored, extendedCase, neverLoad } from './caseTools';
import type { ExtendedCase } from './extendedTarget';

const isText: ValueSchema = {
  '~standard': {
    version: 1,
    validate: value => (typeof value === 'string' ? {} : { issues: [{ message: 'no text' }] }),
  },
};

const wrongOptions: readonly (readonly [string, unknown, 'CACHE_INVALID_TTL' | 'CACHE_CONFIG'])[] = [
  ['ttl', { ttl: NaN }, 'CACHE_INVALID_TTL'],
  ['ttl', { ttl: 'soon' }, 'CACHE_INVALID_TTL'],
  ['ttl', { ttl: { hour: 1 } }, 'CACHE_INVALID_TTL'],
  ['ttl', { ttl: null }, 'CACHE_INVALID_TTL'],
  ['staleTtl', { staleTtl: '60000' }, 'CACHE_INVALID_TTL'],
  ['negativeTtl', { negativeTtl: {} }, 'CACHE_INVALID_TTL'],
  ['softTimeout', { softTimeout: 'x' }, 'CACHE_CONFIG'],
  ['softTimeout', { softTimeout: -1 }, 'CACHE_CONFIG'],
  ['hardTimeout', { hardTimeout: true }, 'CACHE_CONFIG'],
  ['hardTimeout', { hardTimeout: 0 }, 'CACHE_CONFIG'],
  ['hardTimeout', { hardTimeout: -1 }, 'CACHE_CONFIG'],
  ['jitter', { jitter: 1.1 }, 'CACHE_CONFIG'],
  ['jitter', { jitter: '0.1' }, 'CACHE_CONFIG'],
  ['forceFresh', { forceFresh: 1 }, 'CACHE_CONFIG'],
  ['acrossProcesses', { acrossProcesses: 1 }, 'CACHE_CONFIG'],
  ['signal', { signal: {} }, 'CACHE_CONFIG'],
  ['check', { check: { parse: () => 1 } }, 'CACHE_CONFIG'],
  ['tll', { tll: 1000 }, 'CACHE_CONFIG'],
  ['options', 300, 'CACHE_CONFIG'],
  ['options', '5m', 'CACHE_CONFIG'],
  ['options', [], 'CACHE_CONFIG'],
  ['options', null, 'CACHE_CONFIG'],
];

/** Cases of options, and of wrong arguments. */
export const optionCases: readonly ExtendedCase[] = [
  ...wrongOptions.map(([name, options, code], index) =>
    extendedCase(`a wrong ${name} rejects with ${code}, even when the key is a hit: ${index + 1}`, async cache => {
      await cache.set('key', 'hit');
      const message = new RegExp(`Invalid ${name}: expected|Invalid ${name}: unknown|Invalid ${name}: a number`);
      await expectCode(cache.getOrSet('key', neverLoad, options as GetOrSetOptions), code, message);
      await expectCode(cache.getOrSetMany(['key'], neverLoad, options as GetOrSetOptions), code, message);
      assert.equal(await cache.getOrSet('key', neverLoad), 'hit');
    }),
  ),
  extendedCase('a wrong key rejects with CACHE_INVALID_KEY', async cache => {
    for (const key of [undefined, null, 1, {}] as never[]) {
      await expectCode(cache.getOrSet(key, neverLoad), 'CACHE_INVALID_KEY');
      await expectCode(cache.getOrSetMany([key], neverLoad), 'CACHE_INVALID_KEY');
      await expectCode(cache.get(key), 'CACHE_INVALID_KEY');
      await expectCode(cache.set(key, 1), 'CACHE_INVALID_KEY');
      await expectCode(cache.delete(key), 'CACHE_INVALID_KEY');
      await expectCode(cache.getMany(['a', key]), 'CACHE_INVALID_KEY');
      await expectCode(cache.setMany(new Map([[key, 1]])), 'CACHE_INVALID_KEY');
      await expectCode(cache.deleteMany([key]), 'CACHE_INVALID_KEY');
    }
    for (const operation of [
      () => cache.getOrSetMany('key' as never, neverLoad),
      () => cache.getMany('key' as never),
      () => cache.deleteMany('key' as never),
    ]) {
      await expectCode(operation, 'CACHE_INVALID_KEY', /array/);
    }
  }),
  extendedCase('a load that is not a function rejects with CACHE_CONFIG', async cache => {
    await expectCode(cache.getOrSet('key', 'value' as never), 'CACHE_CONFIG', /function/);
    await expectCode(cache.getOrSetMany(['key'], undefined as never), 'CACHE_CONFIG', /function/);
  }),
  extendedCase('a set or setMany with wrong arguments rejects and keeps the old value', async cache => {
    await cache.set('key', 'old');
    await expectCode(cache.set('key', undefined as never), 'CACHE_INVALID_VALUE');
    await expectCode(cache.set('key', 1, { ttl: NaN }), 'CACHE_INVALID_TTL');
    const entries = new Map([
      ['key', 1],
      ['other', 1n as never],
    ]);
    await expectCode(cache.setMany(entries), 'CACHE_INVALID_VALUE');
    for (const wrong of [{ key: 1 }, null, undefined, 1] as never[]) {
      await expectCode(cache.setMany(wrong), 'CACHE_INVALID_VALUE', /expected a Map/);
    }
    assert.equal(await cache.get('key'), 'old');
  }),
  extendedCase('a ttl may be a number, a duration or a text', async cache => {
    for (const ttl of [30, 29.5, { milliseconds: 30 }, '30ms', 'PT0.03S']) {
      const key = JSON.stringify(ttl);
      await Promise.all([cache.set(key, 1, { ttl }), cache.getOrSet(`${key}2`, () => 1, { ttl })]);
      await sleep(35);
      await expectGone(cache, key);
      await expectGone(cache, `${key}2`);
    }
  }),
  extendedCase('a ttl of Infinity overrides the default ttl, and a ttl of 0 removes the entry', async cache => {
    await cache.withOptions({ defaultTtl: 20 }).set('key', 1, { ttl: Infinity });
    await cache.withOptions({ defaultTtl: 20 }).getOrSet('loaded', () => 1, { ttl: Infinity });
    await sleep(30);
    assert.deepEqual(
      await cache.getMany(['key', 'loaded']),
      new Map([
        ['key', 1],
        ['loaded', 1],
      ]),
    );
    await cache.set('key', 2, { ttl: 0 });
    await expectNeverStored(cache, 'key');
  }),
  extendedCase('withOptions sets a default ttl, and shares its entries with the original cache', async cache => {
    const short = cache.withOptions({ defaultTtl: 150 });
    const setAtMs = performance.now();
    await short.set('key', 1);
    const found = await cache.get('key');
    // On a slow machine the entry may rightly have expired.
    if (performance.now() - setAtMs < 150) assert.equal(found, 1);
    await short.getOrSet('loaded', () => 1);
    await short.getOrSet('long', () => 1, { ttl: '1h' });
    await sleep(155);
    await expectGone(cache, 'key');
    await expectGone(cache, 'loaded');
    assert.equal(await cache.get('long'), 1);
    await expectCode(() => cache.withOptions({ defaultTtl: 0 }), 'CACHE_CONFIG');
  }),
  extendedCase('a value that the check does not accept is a miss', async cache => {
    await cache.setMany(
      new Map<string, string | number>([
        ['text', 'a'],
        ['number', 1],
      ]),
    );
    assert.equal(await cache.getOrSet('text', neverLoad, { check: isText }), 'a');
    assert.equal(await cache.getOrSet('number', context => String('stale' in context), { check: isText }), 'false');
    await expectStored(cache, 'number', 'false');
    await cache.set('number', 1);
    const loaded = await cache.getOrSetMany(['text', 'number'], missing => new Map(missing.map(key => [key, 'new'])), {
      check: isText,
    });
    assert.deepEqual(
      [...loaded],
      [
        ['text', 'a'],
        ['number', 'new'],
      ],
    );
  }),
  extendedCase('a check may be asynchronous, and its error rejects the call', async cache => {
    await cache.set('key', 1);
    const asked = { version: 1, validate: async (value: unknown) => isText['~standard'].validate(value) } as const;
    assert.equal(await cache.getOrSet('key', () => 'new', { check: { '~standard': asked } }), 'new');
    const error = new Error('a mistake');
    const broken = { version: 1, validate: () => Promise.reject(error) } as const;
    await expectStored(cache, 'key', 'new');
    const caller = cache.getOrSet('key', neverLoad, { check: { '~standard': broken } });
    await assert.rejects(caller, thrown => thrown === error);
    assert.equal(await cache.getOrSet('key', neverLoad), 'new');
  }),
  extendedCase('jitter shortens ttl by no more than the given share', async cache => {
    const startedAtMs = performance.now();
    await cache.getOrSet('key', () => 1, { ttl: 200, jitter: 0.1 });
    await sleep(120);
    const found = await cache.get('key');
    // On a slow machine the entry may rightly have expired.
    if (performance.now() - startedAtMs < 180) assert.equal(found, 1);
    await sleep(85);
    await expectGone(cache, 'key');
  }),
];
