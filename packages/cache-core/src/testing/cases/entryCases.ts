import assert from 'node:assert/strict';
import { setTimeout as sleep } from 'node:timers/promises';
import type { EntryListOptions, EntryPage, StoredEntry } from '../../contract/storedEntry';
import { casesOf } from '../harness/casesOf';
import type { ConformanceCase } from '../harness/conformanceTarget';
import { show } from '../harness/history';
import type { TrackedDriver } from '../harness/trackDriver';

/** Entries that a failed case leaves behind expire. */
const TTL_MS = 60_000;
/** How late an entry may end: stores round up, some of them to whole seconds of a clock that they read once a second. */
const LATE_MS = 4000;
/** How early the reported end may be, as the store may have another clock, or count in seconds. */
const EARLY_MS = 10_000;
/** Longest time for a page; core waits no longer. */
const PAGE_TIMEOUT_MS = 2000;

const { driverCase } = casesOf('entries', 'entries');

async function listPages(driver: TrackedDriver, prefix: string, options: Partial<EntryListOptions> = {}) {
  const pages: EntryPage[] = [];
  for await (const page of driver.entries?.(prefix, { details: false, ...options }) ?? []) pages.push(page);
  return pages;
}

const entriesOf = (pages: readonly EntryPage[]): StoredEntry[] => pages.flatMap(({ entries }) => entries);

/** Fails unless these keys are listed, each of them once. */
function expectKeys(pages: readonly EntryPage[], prefix: string, expected: readonly string[]): void {
  const listed = entriesOf(pages).map(({ key }) => key);
  const missing = expected.filter(key => !listed.includes(key));
  const others = listed.filter((key, index) => !expected.includes(key) || listed.indexOf(key) !== index);
  if (missing.length === 0 && others.length === 0) return;
  assert.fail(
    `entries of the prefix ${show(prefix)} lists ${listed.length} keys: ${missing.length} are missing, such as ` +
      `${show(missing[0])}, and ${others.length} are wrong or listed twice, such as ${show(others[0])}`,
  );
}

/** The promises of `entries`, and the count of a `clear`. */
export const entryCases: readonly ConformanceCase[] = [
  driverCase('entries lists the keys that start with the prefix, and no others', async (driver, prefix) => {
    const own = ['a:1', 'a:2', 'a:', 'a:b:c'].map(name => prefix + name);
    const others = ['a', 'a2:1', 'b:a:1', 'A:1'].map(name => prefix + name);
    for (const key of [...own, ...others]) await driver.set(key, 'text', TTL_MS);
    expectKeys(await listPages(driver, `${prefix}a:`), `${prefix}a:`, own);
    expectKeys(await listPages(driver, prefix), prefix, [...own, ...others]);
  }),
  driverCase('entries takes its prefix literally', async (driver, prefix) => {
    for (const special of ['*', '?', '[ab]', '[^a]', '\\', '\\*', '{a}', '.', '.*', '(a|b)', '^', '%', '_']) {
      const own = `${prefix}${special}:key`;
      const others = ['a', 'b', 'x', 'aa', `\\${special}`, ''].map(name => `${prefix}${name}:key`);
      for (const key of [own, ...others]) await driver.set(key, 'text', TTL_MS);
      expectKeys(await listPages(driver, `${prefix}${special}:`), `${prefix}${special}:`, [own]);
    }
  }),
  driverCase('entries lists thousands of keys, in several pages', async (driver, prefix) => {
    const keys = Array.from({ length: 2500 }, (_, index) => `${prefix}${index}`);
    await Promise.all(keys.map(async key => driver.set(key, 'text', TTL_MS)));
    const pages = await listPages(driver, prefix, { pageSize: 500 });
    expectKeys(pages, prefix, keys);
    const largest = Math.max(...pages.map(({ entries }) => entries.length));
    if (largest > 1500) assert.fail(`a page of entries has ${largest}, where about 500 are asked for`);
  }),
  driverCase('entries of a prefix without keys lists none', async (driver, prefix) => {
    expectKeys(await listPages(driver, prefix), prefix, []);
  }),
  driverCase('entries does not list what was deleted', async (driver, prefix) => {
    for (const name of ['kept', 'deleted']) await driver.set(`${prefix}${name}`, 'text', TTL_MS);
    await driver.delete(`${prefix}deleted`);
    expectKeys(await listPages(driver, prefix), prefix, [`${prefix}kept`]);
  }),
  driverCase(
    'entries with details reports plausible bytes and time left, if it reports them',
    async (driver, prefix) => {
      await driver.set(`${prefix}ever`, 'x'.repeat(10_000));
      await driver.set(`${prefix}short`, 'x', TTL_MS);
      const entries = entriesOf(await listPages(driver, prefix, { details: true }));
      const find = (name: string) => entries.find(({ key }) => key === prefix + name);
      const [ever, short] = [find('ever'), find('short')];
      if (ever?.bytes !== undefined && (ever.bytes < 10_000 || ever.bytes > 30_000)) {
        assert.fail(`entries tells ${ever.bytes} bytes of an entry with a text of 10,000`);
      }
      if (ever?.expiresInMs !== undefined && ever.expiresInMs !== null) {
        assert.fail(`entries tells ${ever.expiresInMs} ms of an entry that never expires, where null is expected`);
      }
      const leftMs = short?.expiresInMs;
      if (leftMs === null || (leftMs !== undefined && (leftMs > TTL_MS + LATE_MS || leftMs < TTL_MS - EARLY_MS))) {
        assert.fail(`entries tells ${show(leftMs)} ms of an entry that was set with ${TTL_MS} ms just now`);
      }
    },
  ),
  driverCase('entries continues after its cursor and lists each key once', async (driver, prefix) => {
    const keys = Array.from({ length: 1000 }, (_, index) => `${prefix}${index}`);
    await Promise.all(keys.map(async key => driver.set(key, 'text', TTL_MS)));
    const pages: EntryPage[] = [];
    let cursor: string | undefined;
    do {
      const options = { details: false, pageSize: 100, ...(cursor !== undefined && { cursor }) };
      cursor = undefined;
      for await (const page of driver.entries?.(prefix, options) ?? []) {
        pages.push(page);
        cursor = page.cursor;
        // Without a cursor, there is no other way to get the rest.
        if (cursor !== undefined) break;
      }
    } while (cursor !== undefined);
    expectKeys(pages, prefix, keys);
  }),
  driverCase('entries ends when its signal fires or its caller leaves', async (driver, prefix) => {
    await driver.set(`${prefix}key`, 'text', TTL_MS);
    const stop = new AbortController();
    stop.abort();
    const leave = async () => {
      const pages = driver.entries?.(prefix, { details: false, signal: stop.signal })[Symbol.asyncIterator]();
      await pages?.next().catch(() => {});
      await pages?.return?.();
      for await (const page of driver.entries?.(prefix, { details: false }) ?? []) if (page.entries.length > 0) break;
      return 'left';
    };
    const late = new AbortController();
    const ended = await Promise.race([leave(), sleep(2 * PAGE_TIMEOUT_MS, 'late', late)]);
    late.abort();
    if (ended === 'late') assert.fail(`entries goes on ${2 * PAGE_TIMEOUT_MS} ms after it was left`);
  }),
  casesOf('entries', 'clear').driverCase(
    'a clear that reports how many entries it has removed reports the right number',
    async (driver, prefix) => {
      for (const name of ['a:1', 'a:2', 'a:3', 'b:1']) await driver.set(prefix + name, 'text', TTL_MS);
      for (const expected of [3, 0]) {
        const cleared = await driver.clear?.(`${prefix}a:`);
        const count = cleared === undefined ? undefined : cleared.entries;
        if (count !== undefined && count !== expected) {
          assert.fail(`a clear of ${expected} entries tells that it has removed ${show(count)}`);
        }
      }
    },
  ),
];
