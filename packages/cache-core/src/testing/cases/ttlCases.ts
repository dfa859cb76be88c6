import assert from 'node:assert/strict';
import { setTimeout as sleep } from 'node:timers/promises';
import { casesOf } from '../harness/casesOf';
import type { ConformanceCase } from '../harness/conformanceTarget';
import { expectGet, expectResults } from '../harness/expectGet';
import { show } from '../harness/history';
import type { TrackedCache } from '../harness/trackDriver';

/** How long after its ttl an entry may still be served: the time that a get takes. */
const LATE_MS = 150;
/** How early an entry may end: stores use clocks with whole ms. */
const EARLY_MS = 2;
const TEN_YEARS_MS = 10 * 365 * 24 * 60 * 60 * 1000;

async function assertGoneAfter(cache: TrackedCache, key: string, ttlMs: number, setAtMs: number): Promise<void> {
  const deadlineMs = setAtMs + ttlMs + LATE_MS;
  for (;;) {
    const askedAtMs = performance.now();
    const value = await cache.get(key);
    if (value === undefined) return;
    if (askedAtMs >= deadlineMs) {
      const lateMs = Math.round(askedAtMs - setAtMs - ttlMs);
      assert.fail(
        `get of the key ${show(key)} gives ${show(value)} ${lateMs} ms after the end of its ttl of ${ttlMs} ms, where ` +
          `${LATE_MS} ms are allowed; ${cache.history.of(key)}`,
      );
    }
    await sleep(5);
  }
}

const { cacheCase, driverCase } = casesOf('ttl');

export const ttlCases: readonly ConformanceCase[] = [
  driverCase('an entry can be read until its ttl ends', async (driver, prefix) => {
    await driver.set(`${prefix}key`, 'text', 1000);
    const setAtMs = performance.now();
    await sleep(600);
    const text = await driver.get(`${prefix}key`);
    // If the machine was suspended in between, the entry has rightly expired.
    if (performance.now() - setAtMs < 900) expectResults(driver, [`${prefix}key`], [text], ['text']);
  }),
  cacheCase('an entry expires when its ttl ends', async cache => {
    const ttls = [50, 120, 300];
    const setAtMs = performance.now();
    await Promise.all(ttls.map(ttl => cache.set(`key-${ttl}`, 'value', { ttl })));
    await Promise.all(ttls.map(ttl => assertGoneAfter(cache, `key-${ttl}`, ttl, performance.now())));
    const goneAfterMs = performance.now() - setAtMs;
    if (goneAfterMs <= 300 - EARLY_MS) {
      assert.fail(
        `the last of three entries, with a ttl of 300 ms, is gone ${Math.round(goneAfterMs)} ms after its set`,
      );
    }
  }),
  cacheCase('an entry expires on time even if nobody has read it', async cache => {
    await cache.set('key', 'value', { ttl: 50 });
    await sleep(50 + LATE_MS);
    await expectGet(cache, 'key', undefined);
  }),
  cacheCase('a 1 ms ttl expires', async cache => {
    await cache.set('key', 'value', { ttl: 1 });
    await assertGoneAfter(cache, 'key', 1, performance.now());
  }),
  cacheCase('a set without a ttl clears an earlier ttl', async cache => {
    await cache.set('key', 'first', { ttl: 100 });
    await cache.set('key', 'second');
    await sleep(200);
    await expectGet(cache, 'key', 'second');
  }),
  cacheCase('a set with a ttl adds one to an entry without', async cache => {
    await cache.set('key', 'first');
    await cache.set('key', 'second', { ttl: 100 });
    await assertGoneAfter(cache, 'key', 100, performance.now());
  }),
  cacheCase('a delete removes the ttl with the entry', async cache => {
    await cache.set('key', 'first', { ttl: 100 });
    await cache.delete('key');
    await cache.set('key', 'second');
    await sleep(200);
    await expectGet(cache, 'key', 'second');
  }),
  cacheCase('a set with a shorter ttl replaces a longer one', async cache => {
    await cache.set('key', 'first', { ttl: TEN_YEARS_MS });
    await cache.set('key', 'second', { ttl: 100 });
    await assertGoneAfter(cache, 'key', 100, performance.now());
  }),
  cacheCase('a set with a longer ttl replaces a shorter one', async cache => {
    await cache.set('key', 'first', { ttl: 100 });
    await cache.set('key', 'second', { ttl: TEN_YEARS_MS });
    await sleep(200);
    await expectGet(cache, 'key', 'second');
  }),
  driverCase('an entry with a ttl of ten years can be read', async (driver, prefix) => {
    await driver.set(`${prefix}key`, 'text', TEN_YEARS_MS);
    await sleep(20);
    await expectGet(driver, `${prefix}key`, 'text');
  }),
  driverCase('an entry with the longest ttl that core passes on can be read', async (driver, prefix) => {
    await driver.set(`${prefix}key`, 'text', Number.MAX_SAFE_INTEGER);
    await sleep(20);
    await expectGet(driver, `${prefix}key`, 'text');
  }),
  driverCase('a ttl of 1.5 s is not truncated to whole seconds', async (driver, prefix) => {
    await driver.set(`${prefix}key`, 'text', 1500);
    const setAtMs = performance.now();
    await sleep(1200);
    const text = await driver.get(`${prefix}key`);
    // If the machine was suspended in between, the entry has rightly expired.
    if (performance.now() - setAtMs < 1450) expectResults(driver, [`${prefix}key`], [text], ['text']);
  }),
  cacheCase('a set with a ttl of 0 removes the old value', async cache => {
    await cache.set('key', 'first');
    await cache.set('key', 'second', { ttl: 0 });
    await expectGet(cache, 'key', undefined);
  }),
];
