import type { ConformanceCase } from '../harness/conformanceTarget';
import { expectGet } from '../harness/history';
import { withDriver } from '../harness/withDriver';

const texts = [
  '"bob"',
  'grüße, 日本語, 👩‍🚀, \u{10ffff}',
  'line\r\nEND\r\nSTORED\r\n+OK\r\n$-1\r\n',
  'tab \t, quote ", backslash \\, percent %00 %s, dollar $& $$ $1',
  ' leading and trailing spaces ',
  ...['null', 'undefined', '0', 'false', '[object Object]'],
];

/** Printable ASCII without the space: what core promises to use in keys. */
const keyCharacters = Array.from({ length: 0x7e - 0x20 }, (_, index) => String.fromCharCode(0x21 + index));

export const contractCases: readonly ConformanceCase[] = [
  {
    group: 'contract',
    name: 'a get of an absent key gives undefined',
    run: target =>
      withDriver(target, async (driver, prefix) => {
        await expectGet(driver, `${prefix}absent`, undefined);
      }),
  },
  {
    group: 'contract',
    name: 'works as soon as it is created, without waiting for a connection',
    run: target =>
      withDriver(target, async (driver, prefix) => {
        await driver.set(`${prefix}key`, 'text');
        await expectGet(driver, `${prefix}key`, 'text');
      }),
  },
  {
    group: 'contract',
    name: 'a text comes back as it was set, whatever is in it',
    run: target =>
      withDriver(target, async (driver, prefix) => {
        for (const [index, text] of texts.entries()) await driver.set(`${prefix}${index}`, text);
        for (const [index, text] of texts.entries()) await expectGet(driver, `${prefix}${index}`, text);
      }),
  },
  {
    group: 'contract',
    name: 'an empty text is a text',
    run: target =>
      withDriver(target, async (driver, prefix) => {
        await driver.set(`${prefix}key`, '');
        await expectGet(driver, `${prefix}key`, '');
      }),
  },
  {
    group: 'contract',
    name: 'a text of 500 KiB comes back whole',
    run: target =>
      withDriver(target, async (driver, prefix) => {
        const text = Array.from({ length: 64_000 }, (_, index) => index.toString(36).padStart(8, '.')).join('');
        await driver.set(`${prefix}key`, text);
        await expectGet(driver, `${prefix}key`, text);
      }),
  },
  {
    group: 'contract',
    name: 'a set replaces the text',
    run: target =>
      withDriver(target, async (driver, prefix) => {
        await driver.set(`${prefix}key`, 'first');
        await driver.set(`${prefix}key`, 'second');
        await expectGet(driver, `${prefix}key`, 'second');
      }),
  },
  {
    group: 'contract',
    name: 'a get leaves the entry as it is',
    run: target =>
      withDriver(target, async (driver, prefix) => {
        await driver.set(`${prefix}key`, 'text');
        for (let count = 0; count < 3; count++) await expectGet(driver, `${prefix}key`, 'text');
      }),
  },
  {
    group: 'contract',
    name: 'a delete removes its key',
    run: target =>
      withDriver(target, async (driver, prefix) => {
        await driver.set(`${prefix}key`, 'text');
        await driver.delete(`${prefix}key`);
        await expectGet(driver, `${prefix}key`, undefined);
      }),
  },
  {
    group: 'contract',
    name: 'a delete leaves all other keys alone',
    run: target =>
      withDriver(target, async (driver, prefix) => {
        const others = ['key2', 'ke', 'KEY', 'other:key', 'key:other'].map(name => prefix + name);
        for (const other of others) await driver.set(other, 'text');
        await driver.set(`${prefix}key`, 'text');
        await driver.delete(`${prefix}key`);
        for (const other of others) await expectGet(driver, other, 'text');
      }),
  },
  {
    group: 'contract',
    name: 'a delete of an absent key is no error',
    run: target =>
      withDriver(target, async (driver, prefix) => {
        await driver.delete(`${prefix}absent`);
      }),
  },
  {
    group: 'contract',
    name: 'what one driver sets and deletes, another one on the same store sees at once',
    capability: 'sharedStore',
    run: target =>
      withDriver(target, async (driver, prefix) =>
        withDriver(target, async other => {
          const key = `${prefix}key`;
          const seen = { history: driver.history, get: () => other.get(key) };
          await expectGet(seen, key, undefined);
          for (const text of ['first', 'second']) {
            await driver.set(key, text);
            await expectGet(seen, key, text);
          }
          await driver.delete(key);
          await expectGet(seen, key, undefined);
        }),
      ),
  },
  {
    group: 'contract',
    name: 'keys may hold every printable ASCII character, and differ when one of these does',
    run: target =>
      withDriver(target, async (driver, prefix) => {
        const keys = [...keyCharacters, ...keyCharacters.map(character => character.repeat(2)), "x$'y", '$&', '$1'];
        for (const key of keys) await driver.set(prefix + key, `text of ${key}`);
        for (const key of keys) await expectGet(driver, prefix + key, `text of ${key}`);
      }),
  },
  {
    group: 'contract',
    name: 'keys of 250 bytes differ when their last byte does',
    run: target =>
      withDriver(target, async (driver, prefix) => {
        const key = prefix.padEnd(249, 'x');
        await driver.set(`${key}1`, 'one');
        await driver.set(`${key}2`, 'two');
        await expectGet(driver, `${key}1`, 'one');
        await expectGet(driver, `${key}2`, 'two');
      }),
  },
  {
    group: 'contract',
    name: 'keys that a long namespace makes longer than 250 bytes work too',
    run: target =>
      withDriver(target, async (driver, prefix) => {
        const key = prefix.padEnd(449, 'x');
        await driver.set(`${key}1`, 'one');
        await driver.set(`${key}2`, 'two');
        await expectGet(driver, `${key}1`, 'one');
        await expectGet(driver, `${key}2`, 'two');
      }),
  },
];
