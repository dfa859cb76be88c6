import assert from 'node:assert/strict';
import { setTimeout as sleep } from 'node:timers/promises';
import type { ExtendedCache } from '../../contract/extendedCache';
import { extendCache } from '../../extended/extendCache';
import { createLoad, expectStored, isPending, neverLoad } from './caseTools';
import type { ExtendedCase, ExtendedTarget } from './extendedTarget';

/** Longest time until a process has what another one has loaded, with a margin for a busy machine. */
const SOON_MS = 1500;
const acrossProcesses = true;

/** A case on the caches of a plugin in two processes. */
function processCase(name: string, run: (one: ExtendedCache, two: ExtendedCache) => Promise<void>): ExtendedCase {
  return {
    name,
    async run(target) {
      if (!target.openTwo) return expectNoEffect(target);
      const [one, two] = await target.openTwo();
      await run(extendCache(one), extendCache(two));
    },
  };
}

async function expectNoEffect(target: ExtendedTarget): Promise<void> {
  const cache = extendCache(await target.open());
  const load = createLoad();
  const callers = [1, 2].map(() => cache.getOrSet('key', load, { acrossProcesses }));
  await load.started;
  load.end('value');
  assert.deepEqual(await Promise.all(callers), ['value', 'value']);
  assert.equal(load.calls.length, 1);
  await expectStored(cache, 'key', 'value');
  assert.deepEqual(await cache.getOrSetMany(['key'], neverLoad, { acrossProcesses }), new Map([['key', 'value']]));
}

async function settlesSoon<T>(promise: Promise<T>): Promise<T> {
  const timer = new AbortController();
  const late = sleep(SOON_MS, undefined, { signal: timer.signal }).then(
    () => assert.fail(`still waiting after ${SOON_MS} ms`),
    () => undefined as never,
  );
  return Promise.race([promise, late]).finally(() => timer.abort());
}

/** Loads of the same keys in several processes, with `acrossProcesses`. */
export const processCases: readonly ExtendedCase[] = [
  processCase('a key that two processes miss is loaded by one of them, and both get the value', async (one, two) => {
    for (const value of ['value', null, 0, '', false]) {
      const key = `key-${String(value)}`;
      const load = createLoad<typeof value>();
      const first = one.getOrSet(key, load, { acrossProcesses });
      await load.started;
      const others = [1, 2, 3].map(() => two.getOrSet<never>(key, neverLoad, { acrossProcesses }));
      assert.ok(await isPending(Promise.race(others)));
      load.end(value);
      assert.equal(await first, value);
      for (const other of others) assert.equal(await settlesSoon(other), value);
    }
  }),
  processCase('an entry that another process has stored is found without a load', async (one, two) => {
    await two.getOrSet('key', () => 'value', { acrossProcesses });
    await expectStored(one, 'key', 'value');
    assert.equal(await one.getOrSet('key', neverLoad, { acrossProcesses }), 'value');
  }),
  processCase('a failed load lets a waiting process load', async (one, two) => {
    const [failing, load] = [createLoad(), createLoad()];
    const first = one.getOrSet('key', failing, { acrossProcesses });
    await failing.started;
    const second = two.getOrSet('key', load, { acrossProcesses });
    assert.ok(await isPending(second));
    assert.equal(load.calls.length, 0);
    const error = new Error('no answer');
    failing.fail(error);
    await assert.rejects(first, thrown => thrown === error);
    await settlesSoon(load.started);
    load.end('value');
    assert.equal(await second, 'value');
  }),
  processCase('a load that stores nothing lets another process load', async (one, two) => {
    assert.equal(await one.getOrSet('key', () => undefined, { acrossProcesses }), undefined);
    assert.equal(await settlesSoon(two.getOrSet('key', () => 'value', { acrossProcesses })), 'value');
    await expectStored(one, 'key', 'value');
  }),
  processCase('a process that has waited for its hardTimeout loads the value itself', async (one, two) => {
    const [slow, load] = [createLoad(), createLoad()];
    const first = one.getOrSet('key', slow, { acrossProcesses });
    await slow.started;
    const startedAtMs = performance.now();
    const second = two.getOrSet('key', load, { acrossProcesses, hardTimeout: 300 });
    await settlesSoon(load.started);
    assert.ok(performance.now() - startedAtMs >= 299, 'it has loaded before its hardTimeout');
    load.end('of the second');
    assert.equal(await second, 'of the second');
    slow.end('of the first');
    assert.equal(await first, 'of the first');
  }),
  processCase(
    'a stale value is served at once, and softTimeout waits for the load of another process',
    async (one, two) => {
      const options = { acrossProcesses, ttl: 1, staleTtl: '1m' } as const;
      await one.getOrSet('key', () => 'old', options);
      await sleep(5);
      const load = createLoad();
      assert.equal(await one.getOrSet('key', load, { ...options, ttl: '1m' }), 'old');
      await load.started;
      assert.equal(await two.getOrSet('key', neverLoad, options), 'old');
      const patient = two.getOrSet('key', neverLoad, { ...options, softTimeout: '1m' });
      assert.equal(await two.getOrSet('key', neverLoad, { ...options, softTimeout: 20 }), 'old');
      load.end('new');
      assert.equal(await settlesSoon(patient), 'new');
      await expectStored(two, 'key', 'new');
    },
  ),
  processCase('an aborted caller stops waiting for another process and does not load', async (one, two) => {
    const load = createLoad();
    const first = one.getOrSet('key', load, { acrossProcesses });
    await load.started;
    const abort = new AbortController();
    const second = two.getOrSet('key', neverLoad, { acrossProcesses, signal: abort.signal });
    assert.ok(await isPending(second));
    const reason = new Error('the request was cancelled');
    abort.abort(reason);
    await assert.rejects(second, thrown => thrown === reason);
    load.end('value');
    assert.equal(await first, 'value');
    // No load may start in the background either.
    await sleep(100);
    await expectStored(two, 'key', 'value');
  }),
  processCase('a load that a delete detaches lets a waiting process load', async (one, two) => {
    const load = createLoad();
    const first = one.getOrSet('key', load, { acrossProcesses });
    await load.started;
    const second = two.getOrSet('key', () => 'new', { acrossProcesses });
    assert.ok(await isPending(second));
    await one.delete('key');
    assert.equal(await settlesSoon(second), 'new');
    load.end('old');
    assert.equal(await first, 'old');
    await expectStored(one, 'key', 'new');
  }),
  processCase('forceFresh does not wait for another process', async (one, two) => {
    const load = createLoad();
    const first = one.getOrSet('key', load, { acrossProcesses });
    await load.started;
    const forced = two.getOrSet('key', () => 'forced', { acrossProcesses, forceFresh: true });
    assert.equal(await settlesSoon(forced), 'forced');
    load.end('value');
    assert.equal(await first, 'value');
  }),
  processCase('a call without acrossProcesses does not wait for another process', async (one, two) => {
    const load = createLoad();
    const first = one.getOrSet('key', load, { acrossProcesses });
    await load.started;
    assert.equal(await settlesSoon(two.getOrSet('key', () => 'other')), 'other');
    load.end('value');
    assert.equal(await first, 'value');
  }),
  processCase('a value of another process that fails the check is loaded again', async (one, two) => {
    const load = createLoad();
    const check = {
      '~standard': {
        version: 1,
        validate: (value: unknown) => (value === 'right' ? {} : { issues: [{ message: 'it is wrong' }] }),
      },
    } as const;
    const first = one.getOrSet('key', load, { acrossProcesses });
    await load.started;
    const second = two.getOrSet('key', () => 'right', { acrossProcesses, check });
    assert.ok(await isPending(second));
    load.end('wrong');
    assert.equal(await first, 'wrong');
    assert.equal(await settlesSoon(second), 'right');
  }),
  processCase('different keys, also in namespaces, are loaded by two processes at the same time', async (one, two) => {
    const load = createLoad();
    const first = one.getOrSet('key', load, { acrossProcesses });
    await load.started;
    const others = [two.namespace('n').getOrSet<string>('key', () => 'n', { acrossProcesses })];
    for (const key of ['Key', '!lkey', 'lkey', 'key2']) others.push(two.getOrSet(key, () => key, { acrossProcesses }));
    assert.deepEqual(await settlesSoon(Promise.all(others)), ['n', 'Key', '!lkey', 'lkey', 'key2']);
    load.end('value');
    assert.equal(await first, 'value');
  }),
  processCase('getOrSetMany loads only the keys that no other process loads', async (one, two) => {
    const calls: (readonly string[])[] = [];
    const gate = createLoad();
    const first = one.getOrSetMany(
      ['a', 'b'],
      async (missing, context) => {
        calls.push(missing);
        await gate(context);
        return new Map(missing.map(key => [key, `one ${key}`]));
      },
      { acrossProcesses },
    );
    await gate.started;
    const second = two.getOrSetMany(
      ['c', 'b', 'd'],
      missing => {
        calls.push(missing);
        return new Map(missing.map(key => [key, `two ${key}`]));
      },
      { acrossProcesses },
    );
    assert.equal(await settlesSoon(two.getOrSet('d', neverLoad)), 'two d');
    assert.ok(await isPending(second));
    gate.end('go on');
    assert.deepEqual([...(await first)], Object.entries({ a: 'one a', b: 'one b' }));
    assert.deepEqual([...(await settlesSoon(second))], Object.entries({ c: 'two c', b: 'one b', d: 'two d' }));
    assert.deepEqual(calls, [
      ['a', 'b'],
      ['c', 'd'],
    ]);
  }),
  processCase('getOrSetMany loads the keys whose load has failed in another process', async (one, two) => {
    const failing = createLoad<never>();
    const error = new Error('no answer');
    const first = one.getOrSetMany(['a', 'b'], failing as never, { acrossProcesses });
    await failing.started;
    const second = two.getOrSetMany(['b', 'a'], missing => new Map(missing.map(key => [key, 1])), { acrossProcesses });
    assert.ok(await isPending(second));
    failing.fail(error);
    await assert.rejects(first, thrown => thrown === error);
    assert.deepEqual([...(await settlesSoon(second))], Object.entries({ b: 1, a: 1 }));
  }),
  processCase('getOrSetMany serves stale keys without waiting for another process', async (one, two) => {
    const options = { acrossProcesses, ttl: 1, staleTtl: '1m' } as const;
    await one.getOrSet('stale', () => 'old', options);
    await sleep(5);
    const load = createLoad();
    assert.equal(await one.getOrSet('stale', load, { acrossProcesses }), 'old');
    await load.started;
    const found = two.getOrSetMany(['stale', 'new'], missing => new Map(missing.map(key => [key, 'two'])), options);
    assert.deepEqual([...(await settlesSoon(found))], Object.entries({ stale: 'old', new: 'two' }));
    load.end('one');
    await expectStored(two, 'stale', 'one');
  }),
];
