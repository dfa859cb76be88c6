import assert from 'node:assert/strict';
import { setTimeout as sleep } from 'node:timers/promises';
import type { JsonValue } from '../../contract/jsonValue';
import { casesOf } from '../harness/casesOf';
import type { ConformanceCase } from '../harness/conformanceTarget';
import { expectGet, expectResults } from '../harness/expectGet';
import { show } from '../harness/history';
import { withNear } from '../harness/withNear';
import type { NearRun } from '../harness/withNear';

const MAX_STALENESS_MS = 200;
/** Number of reads between two pauses of 1 ms. Without a pause they would take the processor from the store. */
const READS_AT_ONCE = 10;
/** Longer than a case takes. */
const LONG_MS = 60_000;
/** Larger than the largest value of some stores. */
const LARGE = 'x'.repeat(2 * 1024 * 1024);
/** How long after its end an entry may still be served, besides `maxStaleness`: the time that a get takes. */
const LATE_MS = 150;
const TTL_MS = 5 * 60_000;

const { targetCase } = casesOf('near cache');
const clear = casesOf('near cache', 'clear');

/** What a plugin with a near cache relies on. A near cache depends more on the driver's answers than a plain cache does. */
export const nearCases: readonly ConformanceCase[] = [
  targetCase('a value that another process has replaced is read no longer than maxStaleness', target =>
    withNear(target, MAX_STALENESS_MS, async run => {
      const { cache, other } = run;
      /** When each version was known to be in the store. */
      const setAtMs: number[] = [];
      let isDone = false;
      const write = async () => {
        const endMs = performance.now() + 3.5 * MAX_STALENESS_MS;
        while (!isDone && (performance.now() < endMs || setAtMs.length < 5)) {
          await other.set('key', setAtMs.length, { ttl: TTL_MS });
          setAtMs.push(performance.now());
          await sleep(MAX_STALENESS_MS / 8);
        }
      };
      const read = async () => {
        while (!isDone) {
          for (let count = 0; count < READS_AT_ONCE; count++) {
            const askedAtMs = performance.now();
            const version = await cache.get<number>('key');
            if (version !== undefined) assertYoung(run, version, askedAtMs - (setAtMs[version + 1] ?? Infinity));
          }
          await sleep(1);
        }
      };
      const end = () => void (isDone = true);
      const ended = await Promise.allSettled([write().finally(end), read().finally(end)]);
      for (const each of ended) if (each.status === 'rejected') throw each.reason;
      expectHits(run, 'another process was writing');
    }),
  ),
  targetCase('a later set by another process is read once the near copy is older than maxStaleness', target =>
    withNear(target, MAX_STALENESS_MS, async ({ cache, other }) => {
      await cache.set('key', 'own', { ttl: TTL_MS });
      await other.set('key', 'other', { ttl: TTL_MS });
      await sleep(MAX_STALENESS_MS + 5);
      await expectGet(cache, 'key', 'other');
    }),
  ),
  targetCase('own sets and deletes are visible at once, also to a get issued before the set has ended', target =>
    withNear(target, LONG_MS, async ({ cache }) => {
      for (let round = 0; round < 20; round++) {
        await cache.set('key', `first ${round}`, { ttl: TTL_MS });
        await expectGet(cache, 'key', `first ${round}`);
        const early = cache.get('key');
        const setting = cache.set('key', `second ${round}`, { ttl: TTL_MS });
        await expectGet(cache, 'key', `second ${round}`);
        await Promise.all([early, setting]);
        await expectGet(cache, 'key', `second ${round}`);
        const removed = cache.get('key');
        await cache.delete('key');
        await expectGet(cache, 'key', undefined);
        await removed;
        await expectGet(cache, 'key', undefined);
      }
    }),
  ),
  targetCase('a set that the store refuses leaves no near copy', target =>
    withNear(target, LONG_MS, async run => {
      const { cache, other } = run;
      await cache.set('key', 'old', { ttl: TTL_MS });
      await expectGet(cache, 'key', 'old');
      await cache.set('key', LARGE, { ttl: TTL_MS });
      const near = await cache.get('key');
      // Some stores accept the large value.
      if (near !== undefined) await expectGet(other, 'key', near);
      if (near === 'old') assert.fail(`get of the key "key" gives "old", which a larger value has replaced`);
      await cache.set('key', 'new', { ttl: TTL_MS });
      await expectGet(cache, 'key', 'new');
    }),
  ),
  targetCase('an entry with a near copy expires at most maxStaleness after its ttl ends', target =>
    withNear(target, MAX_STALENESS_MS, async ({ cache }) => {
      const ttlMs = 100;
      await cache.set('key', 'value', { ttl: ttlMs });
      const lastMs = performance.now() + ttlMs + MAX_STALENESS_MS + LATE_MS;
      for (;;) {
        const askedAtMs = performance.now();
        const value = await cache.get('key');
        if (value === undefined) return;
        if (askedAtMs > lastMs) {
          assert.fail(
            `get of the key "key" gives ${show(value)}, whose ttl of ${ttlMs} ms was over ` +
              `${Math.round(askedAtMs - lastMs + MAX_STALENESS_MS + LATE_MS)} ms before; ${cache.history.of('key')}.`,
          );
        }
        await sleep(5);
      }
    }),
  ),
  clear.targetCase('a clear leaves no near copy, and neither does a read that was under way', target =>
    withNear(target, LONG_MS, async run => {
      const { cache, other } = run;
      const keys = Array.from({ length: 20 }, (_, index) => `key-${index}`);
      await Promise.all(keys.map(key => other.set(key, 'old', { ttl: TTL_MS })));
      const readAll = (read: readonly string[]) => Promise.all(read.map(key => cache.get(key)));
      await readAll(keys.slice(0, 10));
      const underWay = readAll(keys.slice(10));
      await run.clear();
      await underWay;
      expectResults(cache, keys, await readAll(keys), new Array(keys.length).fill(undefined));
      await other.set('key-0', 'new', { ttl: TTL_MS });
      await expectGet(cache, 'key-0', 'new');
    }),
  ),
  targetCase('every JSON value is the same from the store and a near copy, and each caller gets its own copy', target =>
    withNear(target, LONG_MS, run => expectCopies(run, values)),
  ),
  targetCase('encrypted values are the same from the store and from a near copy', target =>
    withNear(
      target,
      LONG_MS,
      async run => {
        await expectCopies(run, values.slice(-3));
        const text = await run.driver.get(run.toStoredKey('key-0'));
        if (!text?.startsWith('#3') || text.includes('grüße')) {
          assert.fail(`the store has ${show(text)}, where an encrypted text is expected`);
        }
      },
      { encrypt: true },
    ),
  ),
];

const values: readonly JsonValue[] = [
  ...['', 'null', '👩‍🚀\0\r\n"\\', 0, -1.5, true, false, null],
  { text: 'grüße, 日本語', list: [1, { b: null }] },
  [[], {}, { '': ['empty key'] }],
  Array.from({ length: 1000 }, (_, index) => ({ index, text: `entry ${index}` })),
];

/** @param agoMs - How long before the get the version had been replaced. */
function assertYoung({ cache, answersAtOnce }: NearRun, version: number, agoMs: number): void {
  const limitMs = answersAtOnce ? 0 : MAX_STALENESS_MS;
  if (agoMs <= limitMs) return;
  assert.fail(
    `get of the key "key" gives ${version}, which another process had replaced ${Math.round(agoMs)} ms before, where ` +
      `${limitMs} ms are allowed; ${cache.history.of('key')}.`,
  );
}

/** Another process sets values. A change of the first answer must not appear in the second one. */
async function expectCopies(run: NearRun, expected: readonly JsonValue[]): Promise<void> {
  const { cache, other } = run;
  for (const [index, value] of expected.entries()) await other.set(`key-${index}`, value, { ttl: TTL_MS });
  for (const [index, value] of expected.entries()) {
    const key = `key-${index}`;
    await expectGet(cache, key, value);
    const first = await cache.get<JsonValue>(key);
    if (Array.isArray(first)) first.push('changed by its taker');
    else if (typeof first === 'object' && first !== null) Object.assign(first, { text: 'changed by its taker' });
    await expectGet(cache, key, value);
  }
  expectHits(run, 'each key was read three times');
}

function expectHits(run: NearRun, when: string): void {
  const hits = run.hits();
  if (run.answersAtOnce && hits > 0) {
    assert.fail(`${hits} gets were answered by near copies, though the driver answers at once`);
  }
  if (!run.answersAtOnce && hits === 0) assert.fail(`no get was answered by a near copy, though ${when}`);
}
