import assert from 'node:assert/strict';
import { setTimeout as sleep } from 'node:timers/promises';
import type { JsonValue } from '../../contract/jsonValue';
import { extendCache } from '../../extended/extendCache';
import {
  createLoad,
  expectCode,
  expectGone,
  expectNeverStored,
  expectStored,
  extendedCase,
  isPending,
  neverLoad,
} from './caseTools';
import type { ExtendedCase } from './extendedTarget';

const reason = new Error('the request was cancelled');

/** Loads, and the callers that wait for them. */
export const flightCases: readonly ExtendedCase[] = [
  extendedCase('a thousand concurrent misses start one load', async cache => {
    const load = createLoad();
    const callers = Array.from({ length: 1000 }, () => cache.getOrSet('key', load));
    await load.started;
    load.end('value');
    assert.deepEqual(
      await Promise.all(callers),
      Array.from({ length: 1000 }, () => 'value'),
    );
    assert.equal(load.calls.length, 1);
    await expectStored(cache, 'key', 'value');
  }),
  extendedCase('a hit does not load', async cache => {
    await cache.getOrSet('key', () => ({ a: [1] }));
    await expectStored(cache, 'key', { a: [1] });
    assert.deepEqual(await cache.getOrSet('key', neverLoad), { a: [1] });
    assert.deepEqual(await cache.getOrSet('key', neverLoad, { ttl: '5m', staleTtl: { hours: 1 } }), { a: [1] });
  }),
  extendedCase('null, 0, an empty text and false are hits', async cache => {
    for (const value of [null, 0, '', false]) {
      const key = `key-${String(value)}`;
      assert.equal(await cache.getOrSet(key, () => value), value);
      await expectStored(cache, key, value);
      assert.equal(await cache.getOrSet(key, neverLoad), value);
    }
  }),
  extendedCase('a value from a plain set is a fresh hit', async cache => {
    await cache.set('key', 'plain', { ttl: 60_000 });
    assert.equal(await cache.getOrSet('key', neverLoad, { ttl: 1, staleTtl: 10 }), 'plain');
  }),
  extendedCase('each caller gets its own copy, including the first', async cache => {
    const load = createLoad<JsonValue[]>();
    const callers = [cache.getOrSet('key', load), cache.getOrSet('key', load)];
    await load.started;
    const loaded: JsonValue[] = [1, { a: 2 }];
    load.end(loaded);
    const [first, second] = await Promise.all(callers);
    for (const value of [first, second]) assert.deepEqual(value, [1, { a: 2 }]);
    first?.push('changed');
    loaded.push('changed');
    assert.deepEqual(second, [1, { a: 2 }]);
    await expectStored(cache, 'key', [1, { a: 2 }]);
    const hit = await cache.getOrSet<JsonValue[]>('key', neverLoad);
    hit?.push('changed');
    assert.deepEqual(await cache.getOrSet('key', neverLoad), [1, { a: 2 }]);
  }),
  extendedCase('different keys are loaded at the same time', async cache => {
    const loads = [createLoad(), createLoad()] as const;
    const callers = [cache.getOrSet('one', loads[0]), cache.getOrSet('two', loads[1])];
    await Promise.all([loads[0].started, loads[1].started]);
    loads[1].end('second');
    assert.equal(await callers[1], 'second');
    loads[0].end('first');
    assert.equal(await callers[0], 'first');
  }),
  extendedCase('a failed load rejects every caller, and the next call loads again', async cache => {
    const load = createLoad();
    const callers = [1, 2, 3].map(() => cache.getOrSet('key', load));
    await load.started;
    const error = new Error('no answer');
    load.fail(error);
    for (const caller of callers) await assert.rejects(caller, thrown => thrown === error);
    assert.equal(load.calls.length, 1);
    assert.equal(await cache.getOrSet('key', () => 'next'), 'next');
  }),
  extendedCase('a load that throws synchronously rejects the caller with its error', async cache => {
    const error = new Error('at once');
    const fail = () => {
      throw error;
    };
    await assert.rejects(cache.getOrSet('key', fail), thrown => thrown === error);
  }),
  extendedCase(
    'a result that is not JSON rejects every caller with CACHE_INVALID_VALUE and is not stored',
    async cache => {
      const cycle: unknown[] = [];
      cycle.push(cycle);
      const noJson = { toJSON: () => undefined };
      for (const value of [1n, () => 1, Symbol('no'), cycle, { a: 1n }, noJson]) {
        const load = createLoad();
        const callers = [cache.getOrSet('key', load), cache.getOrSet('key', load)];
        await load.started;
        load.end(value as never);
        for (const caller of callers) await expectCode(caller, 'CACHE_INVALID_VALUE');
      }
      await expectNeverStored(cache, 'key');
    },
  ),
  extendedCase('a load that returns undefined stores nothing', async cache => {
    assert.equal(await cache.getOrSet('key', () => undefined), undefined);
    assert.equal(await cache.getOrSet('key', async () => 'next'), 'next');
  }),
  extendedCase('skip stores nothing', async cache => {
    assert.equal(await cache.getOrSet('key', context => context.skip()), undefined);
    const shown = await cache.getOrSet('key', context => {
      context.skip();
      return 'shown';
    });
    assert.equal(shown, 'shown');
    await expectNeverStored(cache, 'key');
  }),
  extendedCase('a load uses the options of its first caller', async cache => {
    const load = createLoad();
    const first = cache.getOrSet('key', load, { ttl: 100 });
    await load.started;
    const second = cache.getOrSet('key', neverLoad, { ttl: '1h', hardTimeout: 1 });
    assert.ok(await isPending(second));
    load.end('value');
    assert.deepEqual(await Promise.all([first, second]), ['value', 'value']);
    await expectGone(cache, 'key');
  }),
  extendedCase(
    'an aborted caller rejects with the reason of its signal, and other callers keep waiting',
    async cache => {
      const load = createLoad();
      const abort = new AbortController();
      const first = cache.getOrSet('key', load, { signal: abort.signal });
      const second = cache.getOrSet('key', neverLoad);
      await load.started;
      abort.abort(reason);
      await assert.rejects(first, thrown => thrown === reason);
      assert.ok(await isPending(second));
      assert.equal(load.calls[0]?.signal.aborted, false);
      load.end('value');
      assert.equal(await second, 'value');
      await expectStored(cache, 'key', 'value');
    },
  ),
  extendedCase('an abort signal that has already fired rejects the caller before anything is loaded', async cache => {
    await cache.set('hit', 1);
    for (const key of ['hit', 'miss']) {
      const signal = AbortSignal.abort(reason);
      await assert.rejects(cache.getOrSet(key, neverLoad, { signal }), thrown => thrown === reason);
      await assert.rejects(cache.getOrSetMany([key], neverLoad, { signal }), thrown => thrown === reason);
    }
  }),
  extendedCase('the abort signal of a load fires when no caller waits for it any more', async cache => {
    const load = createLoad();
    const aborts = [new AbortController(), new AbortController()] as const;
    const callers = aborts.map(({ signal }) => cache.getOrSet('key', load, { signal }));
    await load.started;
    aborts[0].abort(reason);
    await assert.rejects(callers[0] as Promise<unknown>, thrown => thrown === reason);
    assert.equal(load.calls[0]?.signal.aborted, false);
    aborts[1].abort(reason);
    await assert.rejects(callers[1] as Promise<unknown>, thrown => thrown === reason);
    assert.equal(load.calls[0]?.signal.aborted, true);
    // The aborted load no longer belongs to anyone: the next caller starts its own, and the result of this one is dropped.
    const next = createLoad();
    const caller = cache.getOrSet('key', next);
    await next.started;
    load.end('old');
    next.end('new');
    assert.equal(await caller, 'new');
    await expectStored(cache, 'key', 'new');
  }),
  extendedCase('hardTimeout ends a load with CACHE_LOAD_TIMEOUT, and its late result is dropped', async cache => {
    const load = createLoad();
    const callers = [cache.getOrSet('key', load, { hardTimeout: '40ms' }), cache.getOrSet('key', load)];
    for (const caller of callers) await expectCode(caller, 'CACHE_LOAD_TIMEOUT', /hardTimeout of 40 ms/);
    assert.equal(load.calls[0]?.signal.aborted, true);
    load.end('late');
    await expectNeverStored(cache, 'key');
    assert.equal(await cache.getOrSet('key', () => 'next'), 'next');
  }),
  extendedCase('hardTimeout ends a load that asks for its own key', async cache => {
    const load = (): Promise<string | undefined> => cache.getOrSet<string>('key', neverLoad);
    await expectCode(cache.getOrSet('key', load, { hardTimeout: 40 }), 'CACHE_LOAD_TIMEOUT');
  }),
  ...(['delete', 'set', 'deleteMany', 'setMany'] as const).map(method =>
    extendedCase(
      `${method} detaches a running load: its result is not stored, and later callers do not join it`,
      async cache => {
        const load = createLoad();
        const first = cache.getOrSet('key', load);
        await load.started;
        if (method === 'delete') await cache.delete('key');
        if (method === 'set') await cache.set('key', 'set');
        if (method === 'deleteMany') await cache.deleteMany(['other', 'key']);
        if (method === 'setMany') await cache.setMany(new Map([['key', 'set']]));
        const isSet = method === 'set' || method === 'setMany';
        const later = cache.getOrSet('key', isSet ? neverLoad : () => 'later');
        assert.equal(await later, isSet ? 'set' : 'later');
        load.end('old');
        assert.equal(await first, 'old');
        await sleep(20);
        await expectStored(cache, 'key', isSet ? 'set' : 'later');
      },
    ),
  ),
  extendedCase('a delete through a cache with other options detaches the load, also in a namespace', async cache => {
    for (const [one, other] of [
      [cache, cache.withOptions({ defaultTtl: 60_000 })],
      [cache.namespace('name'), cache.withOptions({ defaultTtl: 60_000 }).namespace('name')],
    ] as const) {
      const load = createLoad();
      const caller = one.getOrSet('key', load);
      await load.started;
      await other.delete('key');
      load.end('old');
      assert.equal(await caller, 'old');
      await expectNeverStored(one, 'key');
    }
  }),
  extendedCase('a set or delete of another key or namespace does not detach a load', async cache => {
    const load = createLoad();
    const caller = cache.getOrSet('key', load);
    await load.started;
    await cache.set('key2', 1);
    await cache.delete('ke');
    await cache.namespace('n').delete('key');
    load.end('value');
    assert.equal(await caller, 'value');
    await expectStored(cache, 'key', 'value');
  }),
  extendedCase('a delete wins over a load that ends at the same moment', async cache => {
    for (let turn = 0; turn < 10; turn++) {
      const load = createLoad();
      const caller = cache.getOrSet('key', load);
      await load.started;
      load.end('old');
      for (let tick = 0; tick < turn; tick++) await Promise.resolve();
      await cache.delete('key');
      await caller;
      await expectNeverStored(cache, 'key');
    }
  }),
  {
    name: 'two extended forms of one cache share the load of a key',
    async run(target) {
      const cache = await target.open();
      const [one, two] = [extendCache(cache), extendCache(cache)];
      assert.equal(extendCache(one), one);
      const load = createLoad();
      const callers = [one.getOrSet('key', load), two.getOrSet('key', load)];
      await load.started;
      load.end('value');
      assert.deepEqual(await Promise.all(callers), ['value', 'value']);
      assert.equal(load.calls.length, 1);
    },
  },
];
