// Tells how long the memory store holds up the event loop while it evicts and sweeps: `pauseProcess.ts <entries>`.
import { setImmediate, setTimeout as sleep } from 'node:timers/promises';
import { createCacheManager } from '@greenroom/cache-core';
import { memoryDriver } from '@greenroom/cache-memory';
import { answerQuestions } from './worker';

/** In ms. */
export interface Pauses {
  readonly evicting: number;
  readonly sweeping: number;
}

const BATCH = 100;
const LIFE_MS = 1000;
/** Until the sweep after the end of the entries' life is over. */
const SWEEP_MS = 8000;

answerQuestions<object, Pauses>(async () => {
  const entries = Number(process.argv[2]);
  const driverOptions = { maxEntries: entries, maxBytes: 2 ** 40 };
  const cache = createCacheManager({ driver: memoryDriver, driverOptions }).forPlugin('catalog');
  const fill = async (name: string, ttl: number) => {
    for (let first = 0; first < entries; first += BATCH) {
      const batch = Array.from({ length: BATCH }, (_, index) => first + index);
      await Promise.all(batch.map(id => cache.set(`${name}-${id}`, { id }, { ttl })));
      await setImmediate();
    }
  };
  await fill('evicted', 3_600_000);
  const evicting = await watchLoop(fill('short-lived', LIFE_MS));
  const sweeping = await watchLoop(sleep(SWEEP_MS));
  return { evicting, sweeping };
});

/** The longest turn of the event loop until the promise settles, in ms. */
async function watchLoop(until: Promise<unknown>): Promise<number> {
  let done = false;
  void until.finally(() => (done = true));
  let longestMs = 0;
  for (let beforeMs = performance.now(); !done;) {
    await setImmediate();
    const nowMs = performance.now();
    longestMs = Math.max(longestMs, nowMs - beforeMs);
    beforeMs = nowMs;
  }
  return longestMs;
}
