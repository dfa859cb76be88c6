import assert from 'node:assert/strict';
import { setTimeout as sleep } from 'node:timers/promises';
import type { ConformanceCase } from './conformanceCase';
import { uniqueName, withDriver, withManager } from './openTarget';

export const capabilityCases: readonly ConformanceCase[] = [
  {
    group: 'capabilities',
    name: 'lacks the capabilities that it says it lacks, and no others',
    run: target =>
      withDriver(target, async (driver, prefix) =>
        withDriver(target, async other => {
          await driver.set(`${prefix}key`, 'text');
          const isShared = (await other.get(`${prefix}key`)) === 'text';
          const lacking = [
            ...(driver.clear ? [] : ['clear']),
            ...(driver.getMany ? [] : ['getMany']),
            ...(isShared ? [] : ['sharedStore']),
          ];
          assert.deepEqual(lacking, Object.keys(target.lacks ?? {}).sort());
        }),
      ),
  },
  {
    group: 'capabilities',
    name: 'a clear removes the keys that start with the prefix, and no others',
    capability: 'clear',
    run: target =>
      withDriver(target, async (driver, prefix) => {
        const own = ['a:1', 'a:2', 'a:', 'a:b:c'].map(name => prefix + name);
        const others = ['a', 'a2:1', 'b:a:1', 'A:1', '1'].map(name => prefix + name);
        for (const key of [...own, ...others]) await driver.set(key, 'text');
        await driver.clear?.(`${prefix}a:`);
        for (const key of own) assert.equal(await driver.get(key), undefined, `${key} is still there`);
        for (const key of others) assert.equal(await driver.get(key), 'text', `${key} is gone`);
      }),
  },
  {
    group: 'capabilities',
    name: 'a clear takes its prefix literally',
    capability: 'clear',
    run: target =>
      withDriver(target, async (driver, prefix) => {
        for (const special of ['*', '?', '[ab]', '[^a]', '\\', '\\*', '{a}', '.', '.*', '(a|b)', '^', '$', '%', '_']) {
          const own = `${prefix}${special}:key`;
          const others = ['a', 'b', 'x', 'aa', `\\${special}`, ''].map(name => `${prefix}${name}:key`);
          for (const key of [own, ...others]) await driver.set(key, 'text');
          await driver.clear?.(`${prefix}${special}:`);
          assert.equal(await driver.get(own), undefined, `${own} is still there`);
          for (const key of others) assert.equal(await driver.get(key), 'text', `${key} is gone after ${special}`);
        }
      }),
  },
  {
    group: 'capabilities',
    name: 'a clear removes thousands of keys',
    capability: 'clear',
    run: target =>
      withDriver(target, async (driver, prefix) => {
        const keys = Array.from({ length: 3000 }, (_, index) => `${prefix}${index}`);
        await Promise.all(keys.map(async key => driver.set(key, 'text')));
        await driver.clear?.(prefix);
        const texts = await Promise.all(keys.map(async key => driver.get(key)));
        assert.equal(texts.filter(text => text !== undefined).length, 0);
      }),
  },
  {
    group: 'capabilities',
    name: 'a clear of nothing is no error',
    capability: 'clear',
    run: target =>
      withDriver(target, async (driver, prefix) => {
        await driver.clear?.(prefix);
      }),
  },
  {
    group: 'capabilities',
    name: 'a getMany gives texts in the order of its keys, and undefined for those that are absent',
    capability: 'getMany',
    run: target =>
      withDriver(target, async (driver, prefix) => {
        const keys = ['c', 'absent', 'a', 'b', 'also absent'].map(name => prefix + name.replace(' ', '-'));
        for (const key of keys.filter(name => !name.endsWith('absent'))) await driver.set(key, `text of ${key}`);
        const expected = keys.map(key => (key.endsWith('absent') ? undefined : `text of ${key}`));
        assert.deepEqual(await driver.getMany?.(keys), expected);
      }),
  },
  {
    group: 'capabilities',
    name: 'a getMany takes a key twice',
    capability: 'getMany',
    run: target =>
      withDriver(target, async (driver, prefix) => {
        await driver.set(`${prefix}a`, 'one');
        await driver.set(`${prefix}b`, 'two');
        const texts = await driver.getMany?.(['a', 'b', 'a', 'a'].map(name => prefix + name));
        assert.deepEqual(texts, ['one', 'two', 'one', 'one']);
      }),
  },
  {
    group: 'capabilities',
    name: 'a getMany of 256 keys has an answer for each',
    capability: 'getMany',
    run: target =>
      withDriver(target, async (driver, prefix) => {
        const keys = Array.from({ length: 256 }, (_, index) => prefix + index);
        await Promise.all(keys.map(async key => driver.set(key, `text of ${key}`)));
        assert.deepEqual(
          await driver.getMany?.(keys),
          keys.map(key => `text of ${key}`),
        );
      }),
  },
  {
    group: 'capabilities',
    name: 'a getMany finds what a set before it has set, and nothing that a delete has removed',
    capability: 'getMany',
    run: target =>
      withDriver(target, async (driver, prefix) => {
        await driver.set(`${prefix}a`, 'one');
        await driver.set(`${prefix}b`, 'two');
        const changing: unknown[] = [driver.set(`${prefix}a`, 'three'), driver.delete(`${prefix}b`)];
        const texts = await driver.getMany?.([`${prefix}a`, `${prefix}b`]);
        await Promise.all(changing);
        assert.deepEqual(texts, ['three', undefined]);
      }),
  },
  {
    group: 'capabilities',
    name: 'a getMany does not find what has expired',
    capability: 'getMany',
    run: target =>
      withManager(target, async manager => {
        const cache = manager.forPlugin(uniqueName());
        await Promise.all(['a', 'b'].map(key => cache.set(key, 'value', { ttl: 100 })));
        await sleep(250);
        assert.deepEqual(await Promise.all(['a', 'b'].map(key => cache.get(key))), [undefined, undefined]);
      }),
  },
];
