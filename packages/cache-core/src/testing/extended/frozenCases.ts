import assert from 'node:assert/strict';
import type { JsonValue } from '../../contract/jsonValue';
import type { ExtendedCache } from '../../contract/extendedCache';
import { createLoad, expectCode, expectGone, expectStored, extendedCase, neverLoad } from './caseTools';
import type { ExtendedCase } from './extendedTarget';

interface Team {
  name: string;
  readonly members: { readonly id: number; readonly mail?: string | null }[];
  [other: string]: JsonValue;
}

const frozen = { frozen: true } as const;

function toTeam(name: string): Team {
  return { name, members: [{ id: 1, mail: null }, { id: 2 }], empty: {}, none: [], texts: ['a', ['b']], half: 0.5 };
}

/** Reads a key that has a value, by every method. */
function readFrozen(cache: ExtendedCache, key: string): Promise<readonly unknown[]> {
  return Promise.all([
    cache.get(key, frozen),
    cache.getMany([key], frozen).then(found => found.get(key)),
    cache.getOrSet(key, neverLoad, frozen),
    cache.getOrSetMany([key], neverLoad, frozen).then(found => found.get(key)),
  ]);
}

function assertFrozen(value: unknown): void {
  assert.ok(Object.isFrozen(value));
  if (typeof value === 'object' && value !== null) Object.values(value).forEach(assertFrozen);
}

/** Cases of frozen reads, for any cache. */
export const frozenCases: readonly ExtendedCase[] = [
  extendedCase('every read method returns a deeply frozen value when frozen is set', async cache => {
    await cache.set('key', toTeam('green'));
    for (const value of await readFrozen(cache, 'key')) {
      assert.deepEqual(value, toTeam('green'));
      assertFrozen(value);
    }
    const loaded = await Promise.all([
      cache.getOrSet('loaded', () => toTeam('loaded'), frozen),
      cache
        .getOrSetMany(['many'], () => new Map([['many', toTeam('loaded')]]), frozen)
        .then(found => found.get('many')),
    ]);
    for (const value of loaded) {
      assert.deepEqual(value, toTeam('loaded'));
      assertFrozen(value);
    }
  }),
  extendedCase('a change of a frozen value throws, and other readers see no change', async cache => {
    await cache.set('key', toTeam('green'));
    for (const value of (await readFrozen(cache, 'key')) as Team[]) {
      assert.throws(() => value.members.push({ id: 3 }), TypeError);
      assert.throws(() => (value.name = 'red'), TypeError);
      assert.throws(() => delete (value.members[0] as { mail?: unknown }).mail, TypeError);
    }
    for (const value of await readFrozen(cache, 'key')) assert.deepEqual(value, toTeam('green'));
    assert.deepEqual(await cache.get('key'), toTeam('green'));
  }),
  extendedCase('a read without frozen returns a copy, also of a key that others read frozen', async cache => {
    await cache.set('key', toTeam('green'));
    for (let round = 0; round < 3; round++) {
      await readFrozen(cache, 'key');
      const copies = [
        await cache.get<Team>('key', { frozen: false }),
        await cache.getOrSet<Team>('key', neverLoad, {}),
        (await cache.getMany<Team>(['key'])).get('key'),
        (await cache.getOrSetMany<Team>(['key'], neverLoad)).get('key'),
      ];
      for (const copy of copies) {
        assert.ok(copy);
        assert.deepEqual(copy, toTeam('green'));
        copy.members.pop();
        copy.name = 'changed';
      }
    }
    for (const value of await readFrozen(cache, 'key')) assert.deepEqual(value, toTeam('green'));
  }),
  extendedCase('callers with and without frozen share one load', async cache => {
    for (const order of [[frozen, undefined, frozen, undefined] as const, [undefined, frozen, undefined] as const]) {
      const key = `key-${order.length}`;
      const load = createLoad<Team>();
      const callers = order.map(options => cache.getOrSet(key, load, options as typeof frozen));
      await load.started;
      const loaded = toTeam('green');
      load.end(loaded);
      const values = await Promise.all(callers);
      assert.equal(load.calls.length, 1);
      values.forEach((value, index) => {
        assert.deepEqual(value, toTeam('green'));
        assert.equal(Object.isFrozen(value), order[index] === frozen);
      });
      assert.equal(Object.isFrozen(loaded), false);
      assert.equal(new Set(values.filter(value => !Object.isFrozen(value))).size, order.filter(it => !it).length);
    }
  }),
  extendedCase('frozen reads return null, 0, an empty text and false as hits, and a miss stays a miss', async cache => {
    for (const value of [null, 0, '', false]) {
      await cache.set('key', value);
      for (const found of await readFrozen(cache, 'key')) assert.equal(found, value);
    }
    assert.equal(await cache.get('missing', frozen), undefined);
    assert.deepEqual(await cache.getMany(['missing'], frozen), new Map());
    assert.equal(await cache.getOrSet('missing', () => undefined, frozen), undefined);
    assert.deepEqual(await cache.getOrSetMany(['missing'], () => new Map<string, never>(), frozen), new Map());
  }),
  extendedCase('a frozen read returns the current value after a set, a delete and an expiry', async cache => {
    for (let round = 0; round < 5; round++) {
      const team = toTeam(`team ${round}`);
      await cache.set('key', team, { ttl: '1m' });
      for (const value of await readFrozen(cache, 'key')) assert.deepEqual(value, team);
    }
    await cache.delete('key');
    assert.equal(await cache.get('key', frozen), undefined);
    await cache.set('key', 'short', { ttl: '1m' });
    await readFrozen(cache, 'key');
    await cache.set('key', 'short', { ttl: 30 });
    await expectGone(cache, 'key');
    assert.equal(await cache.get('key', frozen), undefined);
    assert.equal(await cache.getOrSet('key', () => 'loaded', frozen), 'loaded');
  }),
  extendedCase('a stale value is served frozen, and a frozen get of it is a miss', async cache => {
    const options = { ttl: 20, staleTtl: '1m', ...frozen } as const;
    await cache.getOrSet('key', () => toTeam('old'), options);
    await expectStored(cache, 'key', toTeam('old')).catch(() => {});
    await expectGone(cache, 'key');
    assert.equal(await cache.get('key', frozen), undefined);
    const load = createLoad<Team>();
    const stale = await cache.getOrSet('key', load, options);
    assert.deepEqual(stale, toTeam('old'));
    assertFrozen(stale);
    load.end(toTeam('new'));
    await expectStored(cache, 'key', toTeam('new')).catch(() => {});
    assert.deepEqual(await cache.getOrSet('key', neverLoad, options), toTeam('new'));
  }),
  extendedCase('a wrong frozen or another wrong read option rejects with CACHE_CONFIG', async cache => {
    for (const options of [{ frozen: 1 }, { frozen: 'true' }, { frozen: null }] as never[]) {
      await expectCode(cache.get('key', options), 'CACHE_CONFIG', /Invalid frozen: expected true or false/);
      await expectCode(cache.getMany(['key'], options), 'CACHE_CONFIG', /Invalid frozen: expected true or false/);
      await expectCode(cache.getOrSet('key', neverLoad, options), 'CACHE_CONFIG', /Invalid frozen: expected/);
      await expectCode(cache.getOrSetMany(['key'], neverLoad, options), 'CACHE_CONFIG', /Invalid frozen: expected/);
    }
    await expectCode(cache.get('key', { ttl: 1 } as never), 'CACHE_CONFIG', /Invalid ttl: expected one of/);
    await expectCode(cache.getMany([], null as never), 'CACHE_CONFIG', /Invalid options: expected an object/);
  }),
];

/** Cases of frozen reads, for a cache of Greenroom. */
export const sharedFrozenCases: readonly ExtendedCase[] = [
  extendedCase('a frozen value is the same object as long as the store returns the same text', async cache => {
    await cache.set('key', toTeam('green'));
    const [first, ...others] = await readFrozen(cache, 'key');
    for (const other of others) assert.equal(other, first);
    await cache.get('key');
    await cache.getOrSet('key', neverLoad);
    assert.equal(await cache.get('key', frozen), first);
    await cache.set('key', toTeam('green'));
    assert.equal(await cache.get('key', frozen), first);
    await cache.set('key', toTeam('red'));
    const next = await cache.get('key', frozen);
    assert.deepEqual(next, toTeam('red'));
    assert.notEqual(next, first);
    for (const value of await readFrozen(cache, 'key')) assert.equal(value, next);
    assert.deepEqual(first, toTeam('green'));
  }),
  extendedCase('a frozen value that changed at every read is shared again once it stops changing', async cache => {
    for (let round = 0; round < 20; round++) {
      await cache.set('key', toTeam(`team ${round}`));
      assert.deepEqual(await cache.get('key', frozen), toTeam(`team ${round}`));
    }
    const [first, ...others] = await readFrozen(cache, 'key');
    assert.deepEqual(first, toTeam('team 19'));
    for (const other of others) assert.equal(other, first);
    assertFrozen(first);
  }),
  extendedCase('a loaded frozen value is the same object for waiting callers and for later reads', async cache => {
    for (const options of [frozen, { ...frozen, ttl: '1m', staleTtl: '2m' }] as const) {
      const key = `key-${Object.keys(options).length}`;
      const load = createLoad<Team>();
      const callers = [cache.getOrSet(key, load, options), cache.getOrSet(key, load, options)];
      await load.started;
      load.end(toTeam('green'));
      const [first, second] = await Promise.all(callers);
      assert.equal(second, first);
      await expectStored(cache, key, toTeam('green'));
      for (const value of await readFrozen(cache, key)) assert.equal(value, first);
    }
  }),
  extendedCase('each key and each namespace has its own frozen object, even for equal values', async cache => {
    const space = cache.namespace('a');
    await Promise.all([cache.set('key', ['a']), cache.set('other', ['a']), space.set('key', ['a'])]);
    const values = [await cache.get('key', frozen), await cache.get('other', frozen), await space.get('key', frozen)];
    for (const value of values) assert.deepEqual(value, ['a']);
    assert.equal(new Set(values).size, 3);
    assert.equal(await space.withOptions({ defaultTtl: 1000 }).get('key', frozen), values[2]);
  }),
];
