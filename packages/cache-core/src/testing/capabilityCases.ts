import assert from 'node:assert/strict';
import type { ConformanceCase } from './conformanceCase';
import { withDriver } from './openTarget';

export const capabilityCases: readonly ConformanceCase[] = [
  {
    group: 'capabilities',
    name: 'lacks the capabilities that it says it lacks, and no others',
    run: target =>
      withDriver(target, async (driver, prefix) =>
        withDriver(target, async other => {
          await driver.set(`${prefix}key`, 'text');
          const isShared = (await other.get(`${prefix}key`)) === 'text';
          const lacking = [...(driver.clear ? [] : ['clear']), ...(isShared ? [] : ['sharedStore'])];
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
        await Promise.all(keys.map(key => driver.set(key, 'text')));
        await driver.clear?.(prefix);
        const texts = await Promise.all(keys.map(key => driver.get(key)));
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
];
