// Measures how long a cache in memory blocks the event loop while it evicts and sweeps: `pauseProcess.ts <subject> <entries>`.
import { PerformanceObserver } from 'node:perf_hooks';
import { setImmediate, setTimeout as sleep } from 'node:timers/promises';
import { createCacheManager } from '@greenroom/cache-core';
import type { JsonValue } from '@greenroom/cache-core';
import { memoryDriver } from '@greenroom/cache-memory';
import { LRUCache } from 'lru-cache';
import { answerQuestions } from './worker';

/** The longest turn of the event loop, and the longest one not counting garbage collections, in ms. */
export interface Pause {
  readonly turnMs: number;
  readonly ownMs: number;
}

export interface Pauses {
  readonly evicting: Pause;
  readonly sweeping: Pause;
}

interface Span {
  readonly startTime: number;
  readonly duration: number;
}

const BATCH = 100;
const LIFE_MS = 1000;
/** Time in which the sweep of the expired entries ends. */
const SWEEP_MS = 8000;
/** Shorter turns are not kept. */
const SHORT_MS = 0.5;

type SetEntry = (key: string, value: JsonValue, options: { readonly ttl: number }) => unknown;
export type PausingSubject = 'greenroom' | 'lru-cache';

const openers: Readonly<Record<PausingSubject, (maxEntries: number) => SetEntry>> = {
  greenroom(maxEntries) {
    const driverOptions = { maxEntries, maxBytes: 2 ** 40 };
    const cache = createCacheManager({ driver: memoryDriver, driverOptions }).forPlugin('catalog');
    return (key, value, options) => cache.set(key, value, options);
  },
  'lru-cache'(max) {
    const texts = new LRUCache<string, string>({ max });
    return (key, value, options) => texts.set(key, JSON.stringify(value), options);
  },
};

answerQuestions<object, Pauses>(async () => {
  const [subject, count] = process.argv.slice(2) as [PausingSubject, string];
  const entries = Number(count);
  const set = openers[subject](entries);
  const fill = async (name: string, ttl: number) => {
    for (let first = 0; first < entries; first += BATCH) {
      const batch = Array.from({ length: BATCH }, (_, index) => first + index);
      await Promise.all(batch.map(id => set(`${name}-${id}`, { id }, { ttl })));
      await setImmediate();
    }
  };
  await fill('evicted', 3_600_000);
  const evicting = await watchLoop(fill('short-lived', LIFE_MS));
  const sweeping = await watchLoop(sleep(SWEEP_MS));
  return { evicting, sweeping };
});

/** Measures the turns of the event loop until the promise settles. */
async function watchLoop(until: Promise<unknown>): Promise<Pause> {
  const collections: Span[] = [];
  const observer = new PerformanceObserver(list => collections.push(...list.getEntries()));
  observer.observe({ entryTypes: ['gc'] });
  let done = false;
  void until.finally(() => (done = true));
  const turns: Span[] = [];
  for (let startTime = performance.now(); !done;) {
    await setImmediate();
    const nowMs = performance.now();
    if (nowMs - startTime > SHORT_MS) turns.push({ startTime, duration: nowMs - startTime });
    startTime = nowMs;
  }
  // The observer receives its entries one turn later.
  await sleep(1);
  observer.disconnect();
  const longest = (durations: readonly number[]) => durations.reduce((most, next) => Math.max(most, next), 0);
  return {
    turnMs: longest(turns.map(({ duration }) => duration)),
    ownMs: longest(turns.map(turn => turn.duration - durationWithin(turn, collections))),
  };
}

function durationWithin({ startTime, duration }: Span, spans: readonly Span[]): number {
  const within = spans.filter(span => span.startTime >= startTime && span.startTime < startTime + duration);
  return within.reduce((sum, span) => sum + span.duration, 0);
}
