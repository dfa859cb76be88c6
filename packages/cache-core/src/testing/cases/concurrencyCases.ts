import assert from 'node:assert/strict';
import { setTimeout as sleep } from 'node:timers/promises';
import { casesOf } from '../harness/casesOf';
import type { ConformanceCase } from '../harness/conformanceTarget';
import { expectGet, expectResults } from '../harness/expectGet';
import { show } from '../harness/history';
import type { TrackedCache } from '../harness/trackDriver';

/** Larger than the largest value of some stores. */
const LARGE = 'x'.repeat(2 * 1024 * 1024);
/** Above any limit on concurrent operations. */
const MAX_BURST = 8000;
/** A store that handles a sample within `FAST_SAMPLE_MS` can handle the whole burst before its deadlines. */
const SAMPLE = 200;
const FAST_SAMPLE_MS = 12;
/** A slower store gets as many operations as it handles in this time. */
const BURST_MS = 150;
/** Longest time that an operation may take, unless the options say otherwise. */
const DEADLINE_MS = 500;
const ATTEMPTS = 3;
/** Time in which a store that is busy at first has to become usable. */
const USED_WITHIN_MS = 5000;
/** Entries that a failed case leaves behind expire. */
const TTL_MS = 5 * 60_000;

const { cacheCase, driverCase } = casesOf('concurrency');

export const concurrencyCases: readonly ConformanceCase[] = [
  driverCase('operations on one key take effect in the order they are issued', async (driver, prefix) => {
    // The first operation may still wait for a connection.
    await driver.get(`${prefix}key`);
    const first = driver.set(`${prefix}key`, 'first');
    const second = driver.set(`${prefix}key`, 'second');
    const text = await driver.get(`${prefix}key`);
    await Promise.all([first, second]);
    expectResults(driver, [`${prefix}key`], [text], ['second']);
  }),
  driverCase('a delete takes effect between the sets before and after it', async (driver, prefix) => {
    const key = `${prefix}key`;
    await driver.set(key, 'text');
    const removed = driver.delete(key);
    const absent = driver.get(key);
    const again = driver.set(key, 'again');
    const present = driver.get(key);
    await Promise.all([removed, again]);
    const texts = [await absent, await present, await driver.get(key)];
    expectResults(driver, [key, key, key], texts, [undefined, 'again', 'again']);
  }),
  cacheCase('a value that may be too large replaces or removes the old value, but never a later one', async cache => {
    for (const key of ['one', 'two', 'three']) {
      await cache.set(key, 'old');
      await Promise.all([cache.set(key, LARGE), cache.set(key, 'new')]);
      // A clean-up that comes late must not remove the new value either.
      for (let count = 0; count < 5; count++) {
        await expectGet(cache, key, 'new');
        await sleep(10);
      }
      await cache.set(key, LARGE);
      if ((await cache.get(key)) === 'new') {
        assert.fail(
          `get of the key ${show(key)} gives "new", which a larger value has replaced; ${cache.history.of(key)}`,
        );
      }
    }
  }),
  driverCase('each of 500 concurrent gets receives its own value', async (driver, prefix) => {
    const numbers = Array.from({ length: 500 }, (_, index) => index);
    await Promise.all(numbers.filter(isEven).map(async number => driver.set(prefix + number, `text ${number}`)));
    const texts = await Promise.all(numbers.map(async number => driver.get(prefix + number)));
    const expected = numbers.map(number => (isEven(number) ? `text ${number}` : undefined));
    expectResults(driver, toKeys(prefix, numbers), texts, expected);
  }),
  driverCase('concurrent sets, gets and deletes of 200 keys do not interfere', async (driver, prefix) => {
    const numbers = Array.from({ length: 200 }, (_, index) => index);
    const texts = await Promise.all(
      numbers.map(async number => {
        await driver.set(prefix + number, `text ${number}`);
        if (isEven(number)) await driver.delete(prefix + number);
        return driver.get(prefix + number);
      }),
    );
    const expected = numbers.map(number => (isEven(number) ? undefined : `text ${number}`));
    expectResults(driver, toKeys(prefix, numbers), texts, expected);
  }),
  cacheCase('a burst of up to 8,000 sets, gets or deletes in one turn of the event loop loses none', async cache => {
    for (let attempt = 1; ; attempt++) {
      const burst = await toBurst(cache);
      await untilUsed(cache);
      const { failure, longestMs } = await runBurst(cache, burst, `${attempt}-`);
      if (!failure) break;
      // If the disk or the machine stalls for as long as an operation may take, that is not the driver's fault. It does not happen in every
      // attempt, though.
      if (attempt === ATTEMPTS || longestMs < DEADLINE_MS) throw failure;
    }
    await expectGet(cache, 'earlier', 'value');
    await cache.delete('earlier');
  }),
];

/**
 * Sets `burst` keys at once, half of which exist already, then reads and deletes them. Resolves to the failure, if any, and the duration of
 * the longest step.
 */
async function runBurst(cache: TrackedCache, burst: number, prefix: string) {
  const keys = Array.from({ length: burst }, (_, index) => `${prefix}${index}`);
  let longestMs = 0;
  const onAll = async (operate: (key: string) => Promise<unknown>, some = keys) => {
    const startedAtMs = performance.now();
    const results = await Promise.all(some.map(operate));
    longestMs = Math.max(longestMs, performance.now() - startedAtMs);
    return results;
  };
  const expectAll = async (expected: string | undefined) =>
    expectResults(cache, keys, await onAll(key => cache.get(key)), new Array(burst).fill(expected));
  try {
    await onAll(key => cache.set(key, 'old', { ttl: TTL_MS }), keys.slice(0, burst / 2));
    await onAll(key => cache.set(key, 'new', { ttl: TTL_MS }));
    await expectAll('new');
    await onAll(key => cache.delete(key));
    await expectAll(undefined);
    return { longestMs };
  } catch (error) {
    return { failure: error as Error, longestMs };
  }
}

/**
 * Resolves when the store is usable and has an earlier entry. The store may be busy at first, for longer than an operation may take. After
 * some such operations, all are refused for a while, at once, however many there are.
 */
async function untilUsed(cache: TrackedCache): Promise<void> {
  const startedAtMs = performance.now();
  do {
    await cache.set('earlier', 'value', { ttl: TTL_MS });
    if ((await cache.get('earlier')) !== undefined) break;
    await sleep(20);
  } while (performance.now() - startedAtMs < USED_WITHIN_MS);
  await expectGet(cache, 'earlier', 'value');
}

/** The number of operations that the store can handle in time: at 1,000 a second, 8,000 would miss their deadlines. */
async function toBurst(cache: TrackedCache): Promise<number> {
  await untilUsed(cache);
  let shortestMs = Infinity;
  for (let round = 0; round < 5; round++) {
    const startedAtMs = performance.now();
    await Promise.all(
      Array.from({ length: SAMPLE }, (_, index) => cache.set(`key-${index}`, 'first', { ttl: TTL_MS })),
    );
    shortestMs = Math.min(shortestMs, performance.now() - startedAtMs);
  }
  return shortestMs < FAST_SAMPLE_MS ? MAX_BURST : Math.ceil((SAMPLE * BURST_MS) / shortestMs);
}

function toKeys(prefix: string, numbers: readonly number[]): string[] {
  return numbers.map(number => prefix + number);
}

function isEven(number: number): boolean {
  return number % 2 === 0;
}
