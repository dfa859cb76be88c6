import assert from 'node:assert/strict';
import { setTimeout as sleep } from 'node:timers/promises';
import type { ExtendedCache, LoadContext } from '../../contract/extendedCache';
import type { JsonValue } from '../../contract/jsonValue';
import {
  createLoad,
  expectCode,
  expectGone,
  expectInTime,
  expectNeverStored,
  expectStored,
  extendedCase,
  isPending,
  neverLoad,
} from './caseTools';
import type { ExtendedCase } from './extendedTarget';

/** Short, but longer than the time between two steps of a case on a busy machine. */
const TTL_MS = 40;
const options = { ttl: TTL_MS, staleTtl: '1m' } as const;

/** Stores a value that is stale when this resolves. */
async function storeStale(cache: ExtendedCache, key: string, value: JsonValue, meta?: JsonValue): Promise<void> {
  const load = (context: LoadContext) => {
    if (meta !== undefined) context.setMeta(meta);
    return value;
  };
  assert.deepEqual(await cache.getOrSet(key, load, options), value);
  await sleep(TTL_MS + 5);
  // By now the value has been written, because this call and the write belong to one flight.
  const seen = await cache.getOrSet(key, context => context.stale && context.skip(), { ...options, softTimeout: 0 });
  assert.deepEqual(seen, value);
  await expectGone(cache, key);
}

/** Cases of fresh, stale and expired values, and of what a load decides about them. */
export const staleCases: readonly ExtendedCase[] = [
  extendedCase('a stale value is served at once while one refresh runs in the background', async cache => {
    await storeStale(cache, 'key', 'old');
    const load = createLoad();
    const refresh = { ttl: '1m', staleTtl: '2m' } as const;
    const callers = await Promise.all([1, 2, 3].map(() => cache.getOrSet('key', load, refresh)));
    assert.deepEqual(callers, ['old', 'old', 'old']);
    assert.equal(await cache.getOrSet('key', neverLoad, options), 'old');
    assert.equal(load.calls.length, 1);
    // No caller waits for this load, but its result will be stored, so its signal must not fire.
    assert.equal(load.calls[0]?.signal.aborted, false);
    load.end('new');
    await expectStored(cache, 'key', 'new');
  }),
  extendedCase('a plain get or getMany of a stale value is a miss', async cache => {
    await storeStale(cache, 'key', 'old');
    assert.equal(await cache.get('key'), undefined);
    assert.deepEqual(await cache.getMany(['key']), new Map());
  }),
  extendedCase('a value is not served beyond staleTtl', async cache => {
    await cache.getOrSet('key', () => 'old', { ttl: 20, staleTtl: 60 });
    await sleep(70);
    assert.equal(await cache.getOrSet('key', async () => 'new', { ttl: 20, staleTtl: 60 }), 'new');
  }),
  extendedCase('a staleTtl that is not longer than ttl has no effect', async cache => {
    await cache.getOrSet('key', () => 'old', { ttl: TTL_MS, staleTtl: 10 });
    // Also gives the write time to be made.
    await sleep(TTL_MS + 5);
    await expectGone(cache, 'key');
    assert.equal(await cache.getOrSet('key', () => 'new', { ttl: TTL_MS, staleTtl: 10 }), 'new');
  }),
  extendedCase('a refresh that fails leaves the stale value, and the next call tries again', async cache => {
    await storeStale(cache, 'key', 'old');
    for (let time = 0; time < 2; time++) {
      const load = createLoad();
      const waiting = cache.getOrSet('key', load, { ...options, softTimeout: '1m' });
      await load.started;
      load.fail(new Error('no answer'));
      assert.equal(await waiting, 'old');
    }
    assert.equal(await cache.getOrSet('key', async () => 'new', { ...options, softTimeout: '1m' }), 'new');
  }),
  extendedCase('a caller with a softTimeout waits that long for the fresh value', async cache => {
    await storeStale(cache, 'key', 'old');
    const load = createLoad();
    const patient = cache.getOrSet('key', load, { ...options, softTimeout: '1m' });
    await load.started;
    const impatient = cache.getOrSet('key', neverLoad, { ...options, softTimeout: 10 });
    assert.equal(await impatient, 'old');
    assert.ok(await isPending(patient));
    load.end('new');
    assert.equal(await patient, 'new');
  }),
  extendedCase('no caller gets the old value once another caller has the fresh one', async cache => {
    await storeStale(cache, 'key', 'old');
    const refresh = { ttl: '1m', softTimeout: '1m' } as const;
    assert.equal(await cache.getOrSet('key', async () => 'new', refresh), 'new');
    assert.equal(await cache.getOrSet('key', neverLoad, options), 'new');
    assert.equal(await cache.getOrSet('key', async () => 'forced', { ttl: '1m', forceFresh: true }), 'forced');
    assert.equal(await cache.getOrSet('key', neverLoad, options), 'forced');
  }),
  extendedCase('hardTimeout ends the background refresh of a stale value', async cache => {
    await storeStale(cache, 'key', 'old');
    const load = createLoad();
    assert.equal(await cache.getOrSet('key', load, { ...options, hardTimeout: 30 }), 'old');
    await load.started;
    const signal = load.calls[0]?.signal as AbortSignal;
    if (!signal.aborted) await new Promise(resolve => signal.addEventListener('abort', resolve));
    load.end('late');
    await sleep(10);
    assert.equal(await cache.getOrSet('key', async () => 'new', { ...options, softTimeout: '1m' }), 'new');
  }),
  extendedCase('a load that returns undefined removes the stale value', async cache => {
    await storeStale(cache, 'key', 'old');
    assert.equal(await cache.getOrSet('key', async () => undefined, { ...options, softTimeout: '1m' }), undefined);
    // Other callers share the result of the load until the value has been removed.
    await expectInTime(() => cache.getOrSet('key', async context => String('stale' in context), options), 'false');
  }),
  extendedCase('skip keeps the stale value', async cache => {
    await storeStale(cache, 'key', 'old');
    const skipped = await cache.getOrSet('key', async context => context.skip(), { ...options, softTimeout: '1m' });
    assert.equal(skipped, undefined);
    assert.equal(await cache.getOrSet('key', createLoad(), { ...options, hardTimeout: 50 }), 'old');
  }),
  extendedCase('a load sees the stale value and its meta, as copies', async cache => {
    await storeStale(cache, 'key', { list: [1] }, { etag: 'a' });
    const seen: unknown[] = [];
    const load = async (context: LoadContext) => {
      seen.push(JSON.stringify(context.stale));
      (context.stale?.value as { list: number[] }).list.push(2);
      return context.skip();
    };
    assert.deepEqual(await cache.getOrSet('key', load, options), { list: [1] });
    assert.deepEqual(seen, ['{"value":{"list":[1]},"meta":{"etag":"a"}}']);
  }),
  extendedCase('keepStale stores the stale value and its meta again', async cache => {
    await storeStale(cache, 'key', 'old', 'etag');
    const kept = await cache.getOrSet('key', context => context.keepStale(), { ttl: '1m', softTimeout: '1m' });
    assert.equal(kept, 'old');
    await expectStored(cache, 'key', 'old');
    const metas: unknown[] = [];
    const load = (context: LoadContext) => {
      metas.push(context.stale?.meta);
      return 'new';
    };
    await cache.getOrSet('key', load, { forceFresh: true });
    assert.deepEqual(metas, ['etag']);
  }),
  extendedCase('keepStale without a stale value rejects with CACHE_INVALID_VALUE', async cache => {
    await expectCode(
      cache.getOrSet('key', context => context.keepStale()),
      'CACHE_INVALID_VALUE',
      /no stale value/,
    );
  }),
  extendedCase('null is kept for negativeTtl, and is never stale', async cache => {
    assert.equal(await cache.getOrSet('key', () => null, { ttl: '1h', staleTtl: '2h', negativeTtl: TTL_MS }), null);
    await sleep(TTL_MS + 5);
    await expectGone(cache, 'key');
    assert.equal(await cache.getOrSet('key', async () => 'new', { staleTtl: '2h' }), 'new');
    assert.equal(await cache.getOrSet('other', () => null, { ttl: '1h', negativeTtl: 0 }), null);
    await expectNeverStored(cache, 'other');
  }),
  extendedCase('setTtl replaces ttl and disables staleTtl', async cache => {
    const load = (context: LoadContext) => {
      context.setTtl({ milliseconds: TTL_MS });
      return 'token';
    };
    assert.equal(await cache.getOrSet('key', load, { ttl: '1h', staleTtl: '2h' }), 'token');
    await sleep(TTL_MS + 5);
    await expectGone(cache, 'key');
    assert.equal(await cache.getOrSet('key', async () => 'new', { ttl: '1h', staleTtl: '2h' }), 'new');
  }),
  extendedCase('a setTtl of 0 stores nothing and removes the old value', async cache => {
    await cache.set('key', 'old');
    const load = (context: LoadContext) => {
      context.setTtl(0);
      return 'new';
    };
    assert.equal(await cache.getOrSet('key', load, { forceFresh: true, ttl: '1h' }), 'new');
    await expectGone(cache, 'key');
  }),
  extendedCase('a wrong setTtl or setMeta rejects with CACHE_INVALID_TTL or CACHE_INVALID_VALUE', async cache => {
    await expectCode(
      cache.getOrSet('key', context => context.setTtl('soon') as undefined),
      'CACHE_INVALID_TTL',
    );
    await expectCode(
      cache.getOrSet('key', context => context.setMeta(1n as never) as undefined),
      'CACHE_INVALID_VALUE',
    );
  }),
  extendedCase('a ttl of 0 stores nothing and removes the old value', async cache => {
    await cache.set('key', 'old');
    assert.equal(await cache.getOrSet('key', () => 'new', { forceFresh: true, ttl: 0 }), 'new');
    await expectGone(cache, 'key');
  }),
  extendedCase('forceFresh loads although there is a value, which the load sees as stale', async cache => {
    await cache.set('key', 'present');
    const seen: unknown[] = [];
    const load = (context: LoadContext) => {
      seen.push(context.stale);
      return 'forced';
    };
    assert.equal(await cache.getOrSet('key', load, { forceFresh: true }), 'forced');
    assert.deepEqual(seen, [{ value: 'present' }]);
    await expectStored(cache, 'key', 'forced');
  }),
  extendedCase('forceFresh joins only forced loads, and an earlier load does not replace its result', async cache => {
    const normal = createLoad();
    const first = cache.getOrSet('key', normal);
    await normal.started;
    const forced = createLoad();
    const callers = [1, 2].map(() => cache.getOrSet('key', forced, { forceFresh: true }));
    await forced.started;
    // A key has only one load at a time, so other callers join the forced one.
    const joined = cache.getOrSet('key', neverLoad);
    assert.ok(await isPending(joined));
    forced.end('forced');
    assert.deepEqual(await Promise.all([...callers, joined]), ['forced', 'forced', 'forced']);
    assert.equal(forced.calls.length, 1);
    await expectStored(cache, 'key', 'forced');
    normal.end('before');
    assert.equal(await first, 'before');
    await sleep(10);
    assert.equal(await cache.get('key'), 'forced');
  }),
  extendedCase('other callers get the present value during a forced load', async cache => {
    await cache.set('key', 'present');
    const load = createLoad();
    const forced = cache.getOrSet('key', load, { forceFresh: true });
    await load.started;
    assert.equal(await cache.getOrSet('key', neverLoad), 'present');
    load.end('forced');
    assert.equal(await forced, 'forced');
  }),
  extendedCase('forceFresh rejects when its load fails, and leaves the present value', async cache => {
    await cache.set('key', 'present');
    const error = new Error('no answer');
    const load = createLoad();
    const forced = cache.getOrSet('key', load, { forceFresh: true });
    await load.started;
    load.fail(error);
    await assert.rejects(forced, thrown => thrown === error);
    assert.equal(await cache.getOrSet('key', neverLoad), 'present');
  }),
  extendedCase('a delete wins over a running refresh that calls keepStale', async cache => {
    await storeStale(cache, 'key', 'old');
    const load = createLoad();
    const refresh = cache.getOrSet('key', async context => ((await load(context)) ? context.keepStale() : 'x'), {
      ...options,
      softTimeout: '1m',
    });
    await load.started;
    await cache.delete('key');
    load.end(true);
    assert.equal(await refresh, 'old');
    await sleep(10);
    assert.equal(await cache.getOrSet('key', async context => String('stale' in context), options), 'false');
  }),
];
