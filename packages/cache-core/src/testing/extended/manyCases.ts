import assert from 'node:assert/strict';
import { setTimeout as sleep } from 'node:timers/promises';
import { runInNewContext } from 'node:vm';
import type { ExtendedCache } from '../../contract/extendedCache';
import type { JsonValue } from '../../contract/jsonValue';
import { createDeferred, createLoad, expectCode, expectStored, extendedCase, isPending, neverLoad } from './caseTools';
import type { ExtendedCase } from './extendedTarget';

type Missing = readonly string[];

/** A load of several keys. It returns each key in capitals as its value, and records what it was asked for. */
function createLoadMany() {
  const calls: Missing[] = [];
  const load = async (missing: Missing) => {
    calls.push([...missing]);
    return new Map(missing.map(key => [key, key.toUpperCase()]));
  };
  return Object.assign(load, { calls });
}

/** Stores `old` under each key. The values are stale when this resolves. */
async function storeStale(cache: ExtendedCache, keys: Missing): Promise<void> {
  await cache.getOrSetMany(keys, () => new Map(keys.map(key => [key, 'old'])), { ttl: 20, staleTtl: '1m' });
  await sleep(25);
}

/** Cases of several keys at once. */
export const manyCases: readonly ExtendedCase[] = [
  extendedCase('setMany, getMany and deleteMany set, get and delete each key', async cache => {
    await cache.setMany(
      new Map<string, JsonValue>([
        ['a', null],
        ['b', 0],
        ['c', { d: 1 }],
      ]),
    );
    assert.deepEqual(
      [...(await cache.getMany(['c', 'missing', 'a', 'b', 'a']))],
      [
        ['c', { d: 1 }],
        ['a', null],
        ['b', 0],
      ],
    );
    assert.equal(await cache.get('b'), 0);
    await cache.deleteMany(['a', 'missing', 'c']);
    assert.deepEqual(await cache.getMany(['a', 'b', 'c']), new Map([['b', 0]]));
    assert.deepEqual(await cache.getMany([]), new Map());
    await cache.setMany(new Map([['b', 1]]), { ttl: '20ms' });
    await sleep(25);
    assert.deepEqual(await cache.getMany(['b']), new Map());
  }),
  extendedCase('getOrSetMany loads each missing key once, and returns all in the order of the keys', async cache => {
    await cache.set('b', 'hit');
    const load = createLoadMany();
    const found = await cache.getOrSetMany(['c', 'b', 'a', 'c'], load);
    assert.deepEqual(
      [...found],
      [
        ['c', 'C'],
        ['b', 'hit'],
        ['a', 'A'],
      ],
    );
    assert.deepEqual(load.calls, [['c', 'a']]);
    for (const key of ['a', 'c']) await expectStored(cache, key, key.toUpperCase());
    assert.equal((await cache.getOrSetMany(['a', 'b', 'c'], neverLoad)).size, 3);
    assert.equal((await cache.getOrSetMany([], neverLoad)).size, 0);
  }),
  extendedCase(
    'a key that the load does not return is absent, and a key that was not requested is ignored',
    async cache => {
      const load = () =>
        new Map<string, JsonValue>([
          ['b', null],
          ['other', 1],
        ]);
      assert.deepEqual([...(await cache.getOrSetMany(['a', 'b'], load))], [['b', null]]);
      await expectStored(cache, 'b', null);
      assert.deepEqual([...(await cache.getMany(['a', 'other']))], []);
    },
  ),
  extendedCase('a load of several keys may return a map of another realm', async cache => {
    const load = () => runInNewContext('new Map([["a", 1]])') as Map<string, number>;
    assert.deepEqual(await cache.getOrSetMany(['a'], load), new Map([['a', 1]]));
  }),
  extendedCase('getOrSetMany joins the loads in flight, and getOrSet joins its load', async cache => {
    const single = createLoad();
    const one = cache.getOrSet('a', single);
    await single.started;
    const gate = createDeferred<void>();
    const asked: Missing[] = [];
    const many = cache.getOrSetMany(['a', 'b'], async missing => {
      asked.push(missing);
      await gate.promise;
      return new Map([['b', 'many']]);
    });
    assert.ok(await isPending(many));
    const joined = cache.getOrSet('b', neverLoad);
    const both = cache.getOrSetMany(['b', 'a'], neverLoad);
    gate.resolve();
    assert.equal(await joined, 'many');
    single.end('single');
    assert.deepEqual(
      [...(await many)],
      [
        ['a', 'single'],
        ['b', 'many'],
      ],
    );
    assert.deepEqual(
      [...(await both)],
      [
        ['b', 'many'],
        ['a', 'single'],
      ],
    );
    assert.equal(await one, 'single');
    assert.deepEqual(asked, [['b']]);
  }),
  extendedCase('a wrong key among several rejects with CACHE_INVALID_KEY before any load is joined', async cache => {
    const load = createLoad();
    const abort = new AbortController();
    const single = cache.getOrSet('a', load, { signal: abort.signal });
    await load.started;
    await expectCode(cache.getOrSetMany(['a', 1 as never], neverLoad), 'CACHE_INVALID_KEY');
    // No other caller waits for this load.
    abort.abort();
    await assert.rejects(single, thrown => thrown === abort.signal.reason);
    assert.equal(load.calls[0]?.signal.aborted, true);
  }),
  extendedCase('a failed load of several keys rejects the whole call and stores nothing', async cache => {
    await cache.set('hit', 1);
    const error = new Error('no answer');
    await assert.rejects(
      cache.getOrSetMany(['hit', 'a', 'b'], async () => Promise.reject(error)),
      thrown => thrown === error,
    );
    await expectCode(
      cache.getOrSetMany(['a'], () => ({ a: 1 }) as never),
      'CACHE_INVALID_VALUE',
      /expected a Map/,
    );
    const load = createLoadMany();
    await cache.getOrSetMany(['a', 'b'], load);
    assert.deepEqual(load.calls, [['a', 'b']]);
  }),
  extendedCase('a value that is not JSON rejects only the callers of its own key', async cache => {
    const gate = createDeferred<void>();
    const started = createDeferred<void>();
    const many = cache.getOrSetMany(['a', 'b'], async () => {
      started.resolve();
      await gate.promise;
      return new Map<string, JsonValue>([
        ['a', 1n as never],
        ['b', 'good'],
      ]);
    });
    await started.promise;
    const good = cache.getOrSet('b', neverLoad);
    gate.resolve();
    await expectCode(many, 'CACHE_INVALID_VALUE');
    assert.equal(await good, 'good');
    await expectStored(cache, 'b', 'good');
  }),
  extendedCase('keys that are all stale are served at once and refreshed by one load', async cache => {
    await storeStale(cache, ['a', 'b']);
    const load = createLoadMany();
    const served = await cache.getOrSetMany(['a', 'b'], load, { ttl: '1m' });
    assert.deepEqual(
      [...served],
      [
        ['a', 'old'],
        ['b', 'old'],
      ],
    );
    for (const key of ['a', 'b']) await expectStored(cache, key, key.toUpperCase());
    assert.deepEqual(load.calls, [['a', 'b']]);
  }),
  extendedCase('stale keys are loaded together with missing keys', async cache => {
    await storeStale(cache, ['a', 'b']);
    const load = createLoadMany();
    const loaded = await cache.getOrSetMany(['a', 'c', 'b'], load, { ttl: '1m' });
    assert.deepEqual(
      [...loaded],
      [
        ['a', 'A'],
        ['c', 'C'],
        ['b', 'B'],
      ],
    );
    assert.deepEqual(load.calls, [['a', 'c', 'b']]);
  }),
  extendedCase('getOrSetMany with forceFresh loads all keys', async cache => {
    await cache.set('a', 'present');
    const load = createLoadMany();
    const loaded = await cache.getOrSetMany(['a', 'b'], load, { forceFresh: true });
    assert.deepEqual(
      [...loaded],
      [
        ['a', 'A'],
        ['b', 'B'],
      ],
    );
  }),
  extendedCase('a delete detaches only its own key from a load of several keys', async cache => {
    const gate = createDeferred<void>();
    const started = createDeferred<void>();
    const many = cache.getOrSetMany(['a', 'b'], async () => {
      started.resolve();
      await gate.promise;
      return new Map([
        ['a', 'old'],
        ['b', 'new'],
      ]);
    });
    await started.promise;
    await cache.delete('a');
    gate.resolve();
    assert.deepEqual(
      [...(await many)],
      [
        ['a', 'old'],
        ['b', 'new'],
      ],
    );
    await expectStored(cache, 'b', 'new');
    assert.equal(await cache.get('a'), undefined);
  }),
  extendedCase('the abort signal of a load of several keys fires when no caller waits for any of them', async cache => {
    const signals: AbortSignal[] = [];
    const started = createDeferred<void>();
    const [all, one] = [new AbortController(), new AbortController()];
    const load = (_: Missing, { signal }: { readonly signal: AbortSignal }) => {
      signals.push(signal);
      started.resolve();
      return new Promise<Map<string, string>>(() => {});
    };
    const many = cache.getOrSetMany(['a', 'b'], load, { signal: all.signal });
    await started.promise;
    const joined = cache.getOrSet('b', neverLoad, { signal: one.signal });
    all.abort();
    await assert.rejects(many, thrown => thrown === all.signal.reason);
    assert.equal(signals[0]?.aborted, false);
    one.abort();
    await assert.rejects(joined, thrown => thrown === one.signal.reason);
    assert.equal(signals[0]?.aborted, true);
  }),
  extendedCase('hardTimeout ends a load of several keys', async cache => {
    const load = () => new Promise<Map<string, string>>(() => {});
    await expectCode(cache.getOrSetMany(['a', 'b'], load, { hardTimeout: 20 }), 'CACHE_LOAD_TIMEOUT');
  }),
];
