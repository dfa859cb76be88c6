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

/** Printable ASCII without the space: what core promises to use in keys. */
const keyCharacters = Array.from({ length: 0x7e - 0x20 }, (_, index) => String.fromCharCode(0x21 + index));

const { driverCase } = casesOf('contract');
const shared = casesOf('contract', 'sharedStore');

export const contractCases: readonly ConformanceCase[] = [
  driverCase('a get of an absent key gives undefined', async (driver, prefix) => {
    await expectGet(driver, `${prefix}absent`, undefined);
  }),
  driverCase('works as soon as it is created, without waiting for a connection', async (driver, prefix) => {
    await driver.set(`${prefix}key`, 'text');
    await expectGet(driver, `${prefix}key`, 'text');
  }),
  driverCase('a text comes back as it was set, whatever is in it', async (driver, prefix) => {
    for (const [index, text] of texts.entries()) await driver.set(`${prefix}${index}`, text);
    for (const [index, text] of texts.entries()) await expectGet(driver, `${prefix}${index}`, text);
  }),
  driverCase('an empty text is a text', async (driver, prefix) => {
    await driver.set(`${prefix}key`, '');
    await expectGet(driver, `${prefix}key`, '');
  }),
  driverCase('a text of 500 KiB comes back whole', async (driver, prefix) => {
    const text = Array.from({ length: 64_000 }, (_, index) => index.toString(36).padStart(8, '.')).join('');
    await driver.set(`${prefix}key`, text);
    await expectGet(driver, `${prefix}key`, text);
  }),
  driverCase('a set replaces the text', async (driver, prefix) => {
    await driver.set(`${prefix}key`, 'first');
    await driver.set(`${prefix}key`, 'second');
    await expectGet(driver, `${prefix}key`, 'second');
  }),
  driverCase('a get leaves the entry as it is', async (driver, prefix) => {
    await driver.set(`${prefix}key`, 'text');
    for (let count = 0; count < 3; count++) await expectGet(driver, `${prefix}key`, 'text');
  }),
  driverCase('a delete removes its key', async (driver, prefix) => {
    await driver.set(`${prefix}key`, 'text');
    await driver.delete(`${prefix}key`);
    await expectGet(driver, `${prefix}key`, undefined);
  }),
  driverCase('a delete leaves all other keys alone', async (driver, prefix) => {
    const others = ['key2', 'ke', 'KEY', 'other:key', 'key:other'].map(name => prefix + name);
    for (const other of others) await driver.set(other, 'text');
    await driver.set(`${prefix}key`, 'text');
    await driver.delete(`${prefix}key`);
    for (const other of others) await expectGet(driver, other, 'text');
  }),
  driverCase('a delete of an absent key is no error', async (driver, prefix) => {
    await driver.delete(`${prefix}absent`);
  }),
  shared.driverCase(
    'what one driver sets and deletes, another one on the same store sees at once',
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
    'keys may hold every printable ASCII character, and differ when one of these does',
    async (driver, prefix) => {
      const keys = [...keyCharacters, ...keyCharacters.map(character => character.repeat(2)), "x$'y", '$&', '$1'];
      for (const key of keys) await driver.set(prefix + key, `text of ${key}`);
      for (const key of keys) await expectGet(driver, prefix + key, `text of ${key}`);
    },
  ),
  driverCase('keys of 250 bytes differ when their last byte does', async (driver, prefix) => {
    const key = prefix.padEnd(249, 'x');
    await driver.set(`${key}1`, 'one');
    await driver.set(`${key}2`, 'two');
    await expectGet(driver, `${key}1`, 'one');
    await expectGet(driver, `${key}2`, 'two');
  }),
  driverCase('keys that a long namespace makes longer than 250 bytes work too', async (driver, prefix) => {
    const key = prefix.padEnd(449, 'x');
    await driver.set(`${key}1`, 'one');
    await driver.set(`${key}2`, 'two');
    await expectGet(driver, `${key}1`, 'one');
    await expectGet(driver, `${key}2`, 'two');
  }),
];
