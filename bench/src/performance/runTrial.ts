import { deepStrictEqual } from 'node:assert/strict';
import { countHotKeys, createKeyOrder } from './keyOrder';
import type { KeyOrder } from './keyOrder';
import type { Sample } from './sample';
import type { Cache } from './openSubject';
import { runStampedes } from './runStampedes';
import type { Trial, TrialQuestion, TrialSubject } from './trial';

/** Number of operations between two readings of the clock. */
const CLOCK_INTERVAL = 16;
/** Number of values that are set at the same time before a trial. */
const FILL_CALLERS = 50;

interface Progress {
  readonly endsAtMs: number;
  readonly order: KeyOrder;
  next: number;
  done: boolean;
}

/** Fills the cache, runs the operations, and checks each answer. Throws when one is wrong. */
export async function runTrial(
  subject: TrialSubject,
  { operation, callers, burst, durationMs, hotPercent, isFilled }: TrialQuestion,
): Promise<Trial> {
  const { caches, samples } = subject;
  if (operation === 'stampede') return runStampedes(subject, callers, durationMs);
  if (!isFilled) await fill(caches, samples);
  if (hotPercent !== undefined) await readBefore(caches, samples, isFilled === true);
  const startedAtMs = performance.now();
  const cpuBefore = process.cpuUsage();
  const order = createKeyOrder(samples.length, hotPercent);
  const progress: Progress = { endsAtMs: startedAtMs + durationMs, order, next: 0, done: false };
  const work = toWork(subject, operation, burst);
  await Promise.all(Array.from({ length: callers }, () => work(progress)));
  const cpu = process.cpuUsage(cpuBefore);
  const wallMs = performance.now() - startedAtMs;
  // With hot keys, only those are checked, because the server would count gets of the others as part of the trial.
  await check(caches, hotPercent === undefined ? samples : samples.slice(0, countHotKeys(samples.length)));
  return {
    operations: progress.next,
    operationsPerSecond: (progress.next / wallMs) * 1000,
    cpuMicroseconds: (cpu.user + cpu.system) / progress.next,
  };
}

function toWork(
  { caches, samples, readThrough, getFrozen }: TrialSubject,
  operation: TrialQuestion['operation'],
  burst: number,
): (progress: Progress) => Promise<void> {
  if (operation === 'set') return progress => workSets(caches, samples, progress);
  if (operation === 'getFrozen') return progress => workReads(getFrozen, samples, progress);
  if (operation === 'getOrSet') {
    const load = () => Promise.reject(new Error('The value is there'));
    return progress => workReads(readThrough && (key => readThrough(key, load)), samples, progress);
  }
  return burst === 1
    ? progress => workGets(caches, samples, progress)
    : progress => workBursts(caches, samples, progress, burst);
}

async function workGets(caches: readonly Cache[], samples: readonly Sample[], progress: Progress): Promise<void> {
  while (!progress.done) {
    const index = take(progress);
    const value = await caches[index % caches.length]?.get(samples[index]?.key ?? '');
    assertIdentity(value, index);
  }
}

async function workReads(
  read: ((key: string) => unknown) | undefined,
  samples: readonly Sample[],
  progress: Progress,
): Promise<void> {
  while (!progress.done) {
    const index = take(progress);
    assertIdentity(await read?.(samples[index]?.key ?? ''), index);
  }
}

async function workSets(caches: readonly Cache[], samples: readonly Sample[], progress: Progress): Promise<void> {
  while (!progress.done) {
    const index = take(progress);
    const { key, value } = samples[index] as Sample;
    await caches[index % caches.length]?.set(key, value);
  }
}

async function workBursts(
  caches: readonly Cache[],
  samples: readonly Sample[],
  progress: Progress,
  burst: number,
): Promise<void> {
  while (!progress.done) {
    const pending: unknown[] = [];
    const first = progress.next;
    for (let count = 0; count < burst; count++) {
      const index = take(progress);
      pending.push(caches[index % caches.length]?.get(samples[index]?.key ?? ''));
    }
    const values = await Promise.all(pending);
    for (let count = 0; count < burst; count++) assertIdentity(values[count], (first + count) % samples.length);
  }
}

function take(progress: Progress): number {
  const number = progress.next++;
  if (number % CLOCK_INTERVAL === 0 && performance.now() >= progress.endsAtMs) progress.done = true;
  return progress.order(number);
}

function assertIdentity(value: unknown, index: number): void {
  if ((value as { id?: number } | null | undefined)?.id !== index) throw new Error(`Wrong answer for key ${index}`);
}

async function fill(caches: readonly Cache[], samples: readonly Sample[]): Promise<void> {
  for (let first = 0; first < samples.length; first += FILL_CALLERS) {
    const batch = samples.slice(first, first + FILL_CALLERS);
    await Promise.all(batch.map(({ key, value }, index) => caches[(first + index) % caches.length]?.set(key, value)));
  }
}

/** Reads all keys and then the hot ones, or only the hot ones, so that the layer in the process has reached its final state. */
async function readBefore([cache]: readonly Cache[], samples: readonly Sample[], isHotAlone: boolean) {
  const hot = samples.slice(0, countHotKeys(samples.length));
  for (const { key } of isHotAlone ? hot : [...samples, ...hot]) await cache?.get(key);
}

/** Compares some of the values completely. */
async function check(caches: readonly Cache[], samples: readonly Sample[]): Promise<void> {
  for (let index = 0; index < samples.length; index += Math.ceil(samples.length / 10)) {
    deepStrictEqual(await caches[index % caches.length]?.get(samples[index]?.key ?? ''), samples[index]?.value);
  }
}
