import { casesOf } from '../harness/casesOf';
import type { ConformanceCase } from '../harness/conformanceTarget';
import { expectGet } from '../harness/expectGet';
import { withDriver } from '../harness/withDriver';

const texts = [
  '"bob"',
  'grüße, 日本語, 👩‍🚀, \u{10ffff}',
  'line\r\nEND\r\nSTORED\r\n+OK\r\n$-1\r\n',
  'tab \t, quote ", backslash \\, percent %00 %s, dollar $& $$ $1',
  ' leading and trailing spaces ',
  ...['null', 'undefined', '0', 'false', '[object Object]'],
];

/** Printable ASCII without the space: the characters that core uses in keys. */
const keyCharacters = Array.from({ length: 0x7e - 0x20 }, (_, index) => String.fromCharCode(0x21 + index));

const { driverCase } = casesOf('contract');
const shared = casesOf('contract', 'sharedStore');

export const contractCases: readonly ConformanceCase[] = [
  driverCase('a get of an absent key returns undefined', async (driver, prefix) => {
    await expectGet(driver, `${prefix}absent`, undefined);
  }),
  driverCase(
    'a driver can be used immediately after create, without waiting for a connection',
    async (driver, prefix) => {
      await driver.set(`${prefix}key`, 'text');
      await expectGet(driver, `${prefix}key`, 'text');
    },
  ),
  driverCase('a text comes back unchanged, whatever characters it holds', async (driver, prefix) => {
    for (const [index, text] of texts.entries()) await driver.set(`${prefix}${index}`, text);
    for (const [index, text] of texts.entries()) await expectGet(driver, `${prefix}${index}`, text);
  }),
  driverCase('an empty text is a value, not a miss', async (driver, prefix) => {
    await driver.set(`${prefix}key`, '');
    await expectGet(driver, `${prefix}key`, '');
  }),
  driverCase('a 500 KiB text comes back complete', async (driver, prefix) => {
    const text = Array.from({ length: 64_000 }, (_, index) => index.toString(36).padStart(8, '.')).join('');
    await driver.set(`${prefix}key`, text);
    await expectGet(driver, `${prefix}key`, text);
  }),
  driverCase('a set replaces the text', async (driver, prefix) => {
    await driver.set(`${prefix}key`, 'first');
    await driver.set(`${prefix}key`, 'second');
    await expectGet(driver, `${prefix}key`, 'second');
  }),
  driverCase('a get does not change the entry', async (driver, prefix) => {
    await driver.set(`${prefix}key`, 'text');
    for (let count = 0; count < 3; count++) await expectGet(driver, `${prefix}key`, 'text');
  }),
  driverCase('a delete removes its key', async (driver, prefix) => {
    await driver.set(`${prefix}key`, 'text');
    await driver.delete(`${prefix}key`);
    await expectGet(driver, `${prefix}key`, undefined);
  }),
  driverCase('a delete does not touch other keys', async (driver, prefix) => {
    const others = ['key2', 'ke', 'KEY', 'other:key', 'key:other'].map(name => prefix + name);
    for (const other of others) await driver.set(other, 'text');
    await driver.set(`${prefix}key`, 'text');
    await driver.delete(`${prefix}key`);
    for (const other of others) await expectGet(driver, other, 'text');
  }),
  driverCase('a delete of an absent key is not an error', async (driver, prefix) => {
    await driver.delete(`${prefix}absent`);
  }),
  shared.driverCase(
    'sets and deletes are visible at once to another driver on the same store',
    (driver, prefix, target) =>
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
  driverCase(
    'keys may hold every printable ASCII character, and none is confused with another',
    async (driver, prefix) => {
      const keys = [...keyCharacters, ...keyCharacters.map(character => character.repeat(2)), "x$'y", '$&', '$1'];
      for (const key of keys) await driver.set(prefix + key, `text of ${key}`);
      for (const key of keys) await expectGet(driver, prefix + key, `text of ${key}`);
    },
  ),
  driverCase('250-byte keys that differ in their last byte are different keys', async (driver, prefix) => {
    const key = prefix.padEnd(249, 'x');
    await driver.set(`${key}1`, 'one');
    await driver.set(`${key}2`, 'two');
    await expectGet(driver, `${key}1`, 'one');
    await expectGet(driver, `${key}2`, 'two');
  }),
  driverCase('keys that a long namespace makes longer than 250 bytes work', async (driver, prefix) => {
    const key = prefix.padEnd(449, 'x');
    await driver.set(`${key}1`, 'one');
    await driver.set(`${key}2`, 'two');
    await expectGet(driver, `${key}1`, 'one');
    await expectGet(driver, `${key}2`, 'two');
  }),
];
