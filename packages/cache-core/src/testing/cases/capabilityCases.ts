import assert from 'node:assert/strict';
import { setTimeout as sleep } from 'node:timers/promises';
import { isDeepStrictEqual } from 'node:util';
import { casesOf } from '../harness/casesOf';
import type { ConformanceCase } from '../harness/conformanceTarget';
import { expectGet, expectResults } from '../harness/expectGet';
import { show } from '../harness/history';
import { withDriver } from '../harness/withDriver';

/** More keys than a store removes at a time: some stop after a thousand. */
const MANY_KEYS = 3000;

const { driverCase } = casesOf('capabilities');
const clear = casesOf('capabilities', 'clear');
const getMany = casesOf('capabilities', 'getMany');

export const capabilityCases: readonly ConformanceCase[] = [
  driverCase('a driver lacks exactly the capabilities that its target names', (driver, prefix, target) =>
    withDriver(target, async other => {
      await driver.set(`${prefix}key`, 'text');
      const isShared = (await other.get(`${prefix}key`)) === 'text';
      const lacking = [
        ...(driver.add ? [] : ['add']),
        ...(driver.clear ? [] : ['clear']),
        ...(driver.entries ? [] : ['entries']),
        ...(driver.getMany ? [] : ['getMany']),
        ...(isShared ? [] : ['sharedStore']),
      ];
      const named = Object.keys(target.lacks ?? {}).sort();
      if (!isDeepStrictEqual(lacking, named)) {
        assert.fail(
          `the driver lacks ${show(lacking)}, where the target says in \`lacks\` that it lacks ${show(named)}`,
        );
      }
    }),
  ),
  clear.driverCase('a clear removes the keys that start with the prefix, and no others', async (driver, prefix) => {
    const own = ['a:1', 'a:2', 'a:', 'a:b:c'].map(name => prefix + name);
    const others = ['a', 'a2:1', 'b:a:1', 'A:1', '1'].map(name => prefix + name);
    for (const key of [...own, ...others]) await driver.set(key, 'text');
    await driver.clear?.(`${prefix}a:`);
    for (const key of own) await expectGet(driver, key, undefined);
    for (const key of others) await expectGet(driver, key, 'text');
  }),
  clear.driverCase('a clear takes its prefix literally', async (driver, prefix) => {
    for (const special of ['*', '?', '[ab]', '[^a]', '\\', '\\*', '{a}', '.', '.*', '(a|b)', '^', '$', '%', '_']) {
      const own = `${prefix}${special}:key`;
      const others = ['a', 'b', 'x', 'aa', `\\${special}`, ''].map(name => `${prefix}${name}:key`);
      for (const key of [own, ...others]) await driver.set(key, 'text');
      await driver.clear?.(`${prefix}${special}:`);
      await expectGet(driver, own, undefined);
      for (const key of others) await expectGet(driver, key, 'text');
    }
  }),
  clear.driverCase('a clear removes thousands of keys', async (driver, prefix) => {
    const keys = Array.from({ length: MANY_KEYS }, (_, index) => `${prefix}${index}`);
    await Promise.all(keys.map(async key => driver.set(key, 'text')));
    await driver.clear?.(prefix);
    const texts = await Promise.all(keys.map(async key => driver.get(key)));
    expectResults(driver, keys, texts, new Array(keys.length).fill(undefined));
  }),
  clear.driverCase('a clear of a prefix without keys is not an error', async (driver, prefix) => {
    await driver.clear?.(prefix);
  }),
  clear.driverCase('a clear leaves what is set while it runs', async (driver, prefix) => {
    const keys = Array.from({ length: MANY_KEYS }, (_, index) => `${prefix}${index}`);
    await Promise.all(keys.map(async key => driver.set(key, 'old')));
    const setSince = new Set<string>();
    let isCleared = false;
    const clearing = driver.clear?.(prefix, key => setSince.has(key)).finally(() => (isCleared = true));
    const sets: unknown[] = [];
    // The last keys are set first, as a store goes through its keys from the first one on, or in no order.
    for (const key of keys.toReversed()) {
      if (isCleared) break;
      setSince.add(key);
      sets.push(driver.set(key, 'new'));
      if (sets.length % 100 === 0) await sets.at(-1);
    }
    await Promise.all([clearing, ...sets]);
    const texts = await Promise.all(keys.map(async key => driver.get(key)));
    const expected = keys.map(key => (setSince.has(key) ? 'new' : undefined));
    expectResults(driver, keys, texts, expected);
  }),
  getMany.driverCase(
    'a getMany returns texts in the order of its keys, and undefined for absent ones',
    async (driver, prefix) => {
      const keys = ['c', 'absent', 'a', 'b', 'also absent'].map(name => prefix + name.replace(' ', '-'));
      for (const key of keys.filter(name => !name.endsWith('absent'))) await driver.set(key, `text of ${key}`);
      const expected = keys.map(key => (key.endsWith('absent') ? undefined : `text of ${key}`));
      expectResults(driver, keys, await driver.getMany?.(keys), expected, 'getMany');
    },
  ),
  getMany.driverCase('a getMany accepts a key twice', async (driver, prefix) => {
    await driver.set(`${prefix}a`, 'one');
    await driver.set(`${prefix}b`, 'two');
    const keys = ['a', 'b', 'a', 'a'].map(name => prefix + name);
    expectResults(driver, keys, await driver.getMany?.(keys), ['one', 'two', 'one', 'one'], 'getMany');
  }),
  getMany.driverCase('a getMany of 256 keys returns a text for each', async (driver, prefix) => {
    const keys = Array.from({ length: 256 }, (_, index) => prefix + index);
    await Promise.all(keys.map(async key => driver.set(key, `text of ${key}`)));
    const expected = keys.map(key => `text of ${key}`);
    expectResults(driver, keys, await driver.getMany?.(keys), expected, 'getMany');
  }),
  getMany.driverCase('a getMany sees the sets and deletes issued before it', async (driver, prefix) => {
    await driver.set(`${prefix}a`, 'one');
    await driver.set(`${prefix}b`, 'two');
    const changing: unknown[] = [driver.set(`${prefix}a`, 'three'), driver.delete(`${prefix}b`)];
    const keys = [`${prefix}a`, `${prefix}b`];
    const texts = await driver.getMany?.(keys);
    await Promise.all(changing);
    expectResults(driver, keys, texts, ['three', undefined], 'getMany');
  }),
  getMany.cacheCase('a getMany does not return expired entries', async cache => {
    const keys = ['a', 'b'];
    await Promise.all(keys.map(key => cache.set(key, 'value', { ttl: 100 })));
    await sleep(250);
    expectResults(cache, keys, await Promise.all(keys.map(key => cache.get(key))), [undefined, undefined]);
  }),
];
