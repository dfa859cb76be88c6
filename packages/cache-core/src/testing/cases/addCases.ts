import assert from 'node:assert/strict';
import { setTimeout as sleep } from 'node:timers/promises';
import { casesOf } from '../harness/casesOf';
import type { ConformanceCase } from '../harness/conformanceTarget';
import { expectGet } from '../harness/expectGet';
import { show } from '../harness/history';
import type { TrackedDriver } from '../harness/trackDriver';
import { withDriver } from '../harness/withDriver';

/** Entries that a failed case leaves behind expire. */
const TTL_MS = 60_000;
/** How late an entry may end: stores round up, some of them to whole seconds of a clock that they read once a second. */
const LATE_MS = 3500;
/** How early an entry may end: stores use clocks with whole ms. */
const EARLY_MS = 2;

/** Adds an entry. Unless the answer is the expected one, fails with the history of the key. */
async function expectAdd(driver: TrackedDriver, key: string, text: string, expected: boolean): Promise<void> {
  const isAdded = await driver.add?.(key, text, TTL_MS);
  if (isAdded === expected) return;
  assert.fail(
    `add of the key ${show(key)} gives ${show(isAdded)}, where ${expected} is expected; ${historyOf(driver, key)}`,
  );
}

function historyOf({ history }: TrackedDriver, key: string): string {
  return `${history.of(key)}.`;
}

const { driverCase } = casesOf('capabilities', 'add');

/** The promises of `add`. */
export const addCases: readonly ConformanceCase[] = [
  driverCase('an add sets an absent key, and a get returns its text', async (driver, prefix) => {
    for (const text of ['text', '', 'grüße, 日本語, 👩‍🚀', 'line\r\nEND\r\n+OK\r\n']) {
      await expectAdd(driver, `${prefix}${text.length}`, text, true);
      await expectGet(driver, `${prefix}${text.length}`, text);
    }
  }),
  driverCase('an add of a present key returns false and leaves its text as it is', async (driver, prefix) => {
    await expectAdd(driver, `${prefix}added`, 'first', true);
    await expectAdd(driver, `${prefix}added`, 'second', false);
    await expectGet(driver, `${prefix}added`, 'first');
    for (const text of ['text', '']) {
      await driver.set(`${prefix}set`, text);
      await expectAdd(driver, `${prefix}set`, 'second', false);
      await expectGet(driver, `${prefix}set`, text);
    }
  }),
  driverCase('a set replaces what an add has set', async (driver, prefix) => {
    await expectAdd(driver, `${prefix}key`, 'added', true);
    await driver.set(`${prefix}key`, 'set');
    await expectGet(driver, `${prefix}key`, 'set');
  }),
  driverCase('exactly one of many concurrent adds of a key succeeds', async (driver, prefix, target) => {
    const key = `${prefix}key`;
    const addMany = (one: TrackedDriver, name: string) =>
      Array.from({ length: 20 }, async (_, index) => {
        const text = `${name} ${index}`;
        return (await one.add?.(key, text, TTL_MS)) === true ? text : undefined;
      });
    const addFromTwo = async (other: TrackedDriver) => {
      // Connects the other driver first, so that the adds of both arrive together.
      await other.get(key);
      return Promise.all([...addMany(driver, 'first'), ...addMany(other, 'second')]);
    };
    const isShared = target.lacks?.sharedStore === undefined;
    let added: readonly (string | undefined)[] = [];
    if (isShared) await withDriver(target, async other => void (added = await addFromTwo(other)));
    else added = await addFromTwo(driver);
    const winners = added.filter(text => text !== undefined);
    if (winners.length !== 1) {
      assert.fail(`${winners.length} of 40 adds of one key at the same time succeed, where 1 is expected`);
    }
    await expectGet(driver, key, winners[0]);
  }),
  driverCase('an add succeeds again after a delete', async (driver, prefix) => {
    for (const text of ['first', 'second']) {
      await expectAdd(driver, `${prefix}key`, text, true);
      await driver.delete(`${prefix}key`);
    }
    await expectGet(driver, `${prefix}key`, undefined);
  }),
  driverCase('an add succeeds again when the ttl of the previous add has ended', async (driver, prefix) => {
    const key = `${prefix}key`;
    const ttlMs = 1200;
    const addedAtMs = performance.now();
    await driver.add?.(key, 'first', ttlMs);
    for (;;) {
      const askedAfterMs = performance.now() - addedAtMs;
      if ((await driver.add?.(key, 'second', TTL_MS)) === true) break;
      if (askedAfterMs > ttlMs + LATE_MS) {
        assert.fail(
          `add of the key ${show(key)} gives false ${Math.round(askedAfterMs)} ms after an add; ${historyOf(driver, key)}`,
        );
      }
      await sleep(10);
    }
    const goneAfterMs = performance.now() - addedAtMs;
    if (goneAfterMs <= ttlMs - EARLY_MS) {
      assert.fail(
        `an entry that was added with a ttl of ${ttlMs} ms is gone ${Math.round(goneAfterMs)} ms after its add`,
      );
    }
    await expectGet(driver, key, 'second');
  }),
  driverCase('an add of a present key leaves its ttl as it is', async (driver, prefix) => {
    const key = `${prefix}key`;
    await driver.set(key, 'text');
    if ((await driver.add?.(key, 'second', 1)) !== false) {
      assert.fail(`add of the key ${show(key)} does not give false; ${historyOf(driver, key)}`);
    }
    await sleep(LATE_MS);
    await expectGet(driver, key, 'text');
  }),
  driverCase('an add treats keys as get and set do', async (driver, prefix) => {
    const longKey = prefix.padEnd(249, 'x');
    const keys = ['a', 'A', 'aa', 'a:', '!a', 'a!', '*', '$&', "x$'y", '%41', '~'].map(name => prefix + name);
    for (const key of [...keys, `${longKey}1`, `${longKey}2`]) await expectAdd(driver, key, `text of ${key}`, true);
    for (const key of [...keys, `${longKey}1`, `${longKey}2`]) await expectGet(driver, key, `text of ${key}`);
    await driver.set(`${prefix}B`, 'text');
    await expectAdd(driver, `${prefix}B`, 'second', false);
    await expectAdd(driver, `${prefix}b`, 'text', true);
  }),
  driverCase('an add sees the sets and deletes issued before it', async (driver, prefix) => {
    const key = `${prefix}key`;
    // The first operation may still wait for a connection.
    await driver.get(key);
    const set = driver.set(key, 'text');
    const refused = expectAdd(driver, key, 'second', false);
    await Promise.all([set, refused]);
    const removed = driver.delete(key);
    const added = expectAdd(driver, key, 'third', true);
    await Promise.all([removed, added]);
    await expectGet(driver, key, 'third');
  }),
];
