import assert from 'node:assert/strict';
import type { ExtendedCache } from '../../contract/extendedCache';
import type { JsonValue } from '../../contract/jsonValue';
import { extendCache } from '../../extended/extendCache';
import { createLoad, expectCode, expectNeverStored, extendedCase } from './caseTools';
import type { ExtendedCase } from './extendedTarget';

const names = [
  '',
  'a',
  'ab',
  'A',
  'a!',
  '!',
  'a!nb',
  'na!',
  ':',
  'a:b',
  '%21',
  'x'.repeat(40),
  'x'.repeat(41),
  'é',
  '\0',
];
const keys = [
  'key',
  '',
  '!',
  '!key',
  '!nb!key',
  'nb!key',
  'kkey',
  '!k!key',
  '%21key',
  '!na!kkey',
  'é',
  'k'.repeat(300),
];

/** Caches that share no entry, even under the same key. */
function toSpaces(cache: ExtendedCache): readonly ExtendedCache[] {
  const nested = names.flatMap(name => [cache.namespace(name), cache.namespace('a').namespace(name)]);
  return [cache, ...nested, cache.namespace('a').namespace('b').namespace('c').namespace('d')];
}

/** Cases of namespaces. */
export const namespaceCases: readonly ExtendedCase[] = [
  extendedCase('namespaces share no entries, whatever their names and keys', async cache => {
    const spaces = toSpaces(cache);
    const toValue = (space: number, key: number) => `${space} ${key}`;
    await Promise.all(
      spaces.map((space, index) => space.setMany(new Map(keys.map((key, at) => [key, toValue(index, at)])))),
    );
    for (const [index, space] of spaces.entries()) {
      const expected = new Map(keys.map((key, at) => [key, toValue(index, at)]));
      assert.deepEqual(await space.getMany(keys), expected);
    }
  }),
  extendedCase('namespaces with the same names share their entries', async cache => {
    await cache.namespace('a').namespace('b').set('key', 1);
    assert.equal(await cache.namespace('a').namespace('b').get('key'), 1);
    assert.equal(await cache.withOptions({ defaultTtl: 1000 }).namespace('a').namespace('b').get('key'), 1);
  }),
  extendedCase('a namespace keeps the options of its cache', async cache => {
    const load = createLoad();
    const space = cache.withOptions({ defaultTtl: 10 }).namespace('a');
    const callers = [space.getOrSet('key', load), cache.namespace('a').getOrSet('key', load)];
    await load.started;
    load.end('value');
    assert.deepEqual(await Promise.all(callers), ['value', 'value']);
    assert.equal(load.calls.length, 1);
    while ((await space.get('key')) !== undefined);
  }),
  extendedCase('a namespace name that is not a string throws CACHE_CONFIG', async cache => {
    for (const name of [undefined, null, 1, {}] as never[])
      await expectCode(() => cache.namespace(name), 'CACHE_CONFIG');
  }),
  {
    name: 'clear removes only its namespace and nested ones, or rejects with CACHE_UNSUPPORTED',
    async run(target) {
      const cache = extendCache(await target.open());
      const spaces = toSpaces(cache);
      await Promise.all(spaces.map(space => space.set('key', 'kept')));
      if (target.lacksClear !== undefined) {
        await expectCode(cache.clear(), 'CACHE_UNSUPPORTED');
        await expectCode(cache.namespace('a').clear(), 'CACHE_UNSUPPORTED');
        for (const space of spaces) assert.equal(await space.get('key'), 'kept');
        return;
      }
      const load = createLoad();
      const loading = cache.namespace('a').namespace('in').getOrSet('flying', load);
      await load.started;
      await cache.namespace('a').clear();
      load.end('old');
      assert.equal(await loading, 'old');
      await expectNeverStored(cache.namespace('a').namespace('in'), 'flying');
      for (const name of names) {
        assert.equal(await cache.namespace('a').namespace(name).get('key'), undefined);
        const expected: JsonValue | undefined = name === 'a' ? undefined : 'kept';
        assert.equal(await cache.namespace(name).get('key'), expected);
      }
      assert.equal(await cache.get('key'), 'kept');
      await cache.clear();
      for (const space of spaces) assert.equal(await space.get('key'), undefined);
    },
  },
];
