import assert from 'node:assert/strict';
import { setTimeout as sleep } from 'node:timers/promises';
import type { ConformanceCase } from '../harness/conformanceTarget';
import { expectGet, expectResults, show } from '../harness/history';
import { uniqueName, withDriver, withManager } from '../harness/withDriver';
import type { TrackedCache } from '../harness/withDriver';

/** How much longer than its ttl an entry may be served: nothing but the time that a get takes. */
const LATE_MS = 150;
/** How much sooner it may be gone: stores count on clocks of whole ms. */
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

export const ttlCases: readonly ConformanceCase[] = [
  {
    group: 'ttl',
    name: 'an entry is there until its ttl ends',
    run: target =>
      withDriver(target, async (driver, prefix) => {
        await driver.set(`${prefix}key`, 'text', 1000);
        const setAtMs = performance.now();
        await sleep(600);
        const text = await driver.get(`${prefix}key`);
        // On a machine that was stopped in between, the entry may rightly be gone.
        if (performance.now() - setAtMs < 900) expectResults(driver, [`${prefix}key`], [text], ['text']);
      }),
  },
  {
    group: 'ttl',
    name: 'an entry is gone when its ttl has ended',
    run: target =>
      withManager(target, async manager => {
        const cache = manager.forPlugin(uniqueName());
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
  },
  {
    group: 'ttl',
    name: 'an entry that nobody has read since is gone as well when its ttl has ended',
    run: target =>
      withManager(target, async manager => {
        const cache = manager.forPlugin(uniqueName());
        await cache.set('key', 'value', { ttl: 50 });
        await sleep(50 + LATE_MS);
        await expectGet(cache, 'key', undefined);
      }),
  },
  {
    group: 'ttl',
    name: 'a ttl of 1 ms is a ttl',
    run: target =>
      withManager(target, async manager => {
        const cache = manager.forPlugin(uniqueName());
        await cache.set('key', 'value', { ttl: 1 });
        await assertGoneAfter(cache, 'key', 1, performance.now());
      }),
  },
  {
    group: 'ttl',
    name: 'a set without a ttl clears an earlier ttl',
    run: target =>
      withManager(target, async manager => {
        const cache = manager.forPlugin(uniqueName());
        await cache.set('key', 'first', { ttl: 100 });
        await cache.set('key', 'second');
        await sleep(200);
        await expectGet(cache, 'key', 'second');
      }),
  },
  {
    group: 'ttl',
    name: 'a set with a ttl gives one to an entry without',
    run: target =>
      withManager(target, async manager => {
        const cache = manager.forPlugin(uniqueName());
        await cache.set('key', 'first');
        await cache.set('key', 'second', { ttl: 100 });
        await assertGoneAfter(cache, 'key', 100, performance.now());
      }),
  },
  {
    group: 'ttl',
    name: 'a delete takes the ttl away with the entry',
    run: target =>
      withManager(target, async manager => {
        const cache = manager.forPlugin(uniqueName());
        await cache.set('key', 'first', { ttl: 100 });
        await cache.delete('key');
        await cache.set('key', 'second');
        await sleep(200);
        await expectGet(cache, 'key', 'second');
      }),
  },
  {
    group: 'ttl',
    name: 'a set with a shorter ttl replaces a longer one',
    run: target =>
      withManager(target, async manager => {
        const cache = manager.forPlugin(uniqueName());
        await cache.set('key', 'first', { ttl: TEN_YEARS_MS });
        await cache.set('key', 'second', { ttl: 100 });
        await assertGoneAfter(cache, 'key', 100, performance.now());
      }),
  },
  {
    group: 'ttl',
    name: 'a set with a longer ttl replaces a shorter one',
    run: target =>
      withManager(target, async manager => {
        const cache = manager.forPlugin(uniqueName());
        await cache.set('key', 'first', { ttl: 100 });
        await cache.set('key', 'second', { ttl: TEN_YEARS_MS });
        await sleep(200);
        await expectGet(cache, 'key', 'second');
      }),
  },
  {
    group: 'ttl',
    name: 'an entry with a ttl of ten years is there',
    run: target =>
      withDriver(target, async (driver, prefix) => {
        await driver.set(`${prefix}key`, 'text', TEN_YEARS_MS);
        await sleep(20);
        await expectGet(driver, `${prefix}key`, 'text');
      }),
  },
  {
    group: 'ttl',
    name: 'an entry with the longest ttl that core passes on is there',
    run: target =>
      withDriver(target, async (driver, prefix) => {
        await driver.set(`${prefix}key`, 'text', Number.MAX_SAFE_INTEGER);
        await sleep(20);
        await expectGet(driver, `${prefix}key`, 'text');
      }),
  },
  {
    group: 'ttl',
    name: 'a ttl of one and a half seconds is not cut to whole ones',
    run: target =>
      withDriver(target, async (driver, prefix) => {
        await driver.set(`${prefix}key`, 'text', 1500);
        const setAtMs = performance.now();
        await sleep(1200);
        const text = await driver.get(`${prefix}key`);
        // On a machine that was stopped in between, the entry may rightly be gone.
        if (performance.now() - setAtMs < 1450) expectResults(driver, [`${prefix}key`], [text], ['text']);
      }),
  },
  {
    group: 'ttl',
    name: 'a set with a ttl of 0 takes the old value away',
    run: target =>
      withManager(target, async manager => {
        const cache = manager.forPlugin(uniqueName());
        await cache.set('key', 'first');
        await cache.set('key', 'second', { ttl: 0 });
        await expectGet(cache, 'key', undefined);
      }),
  },
];
