import { deepStrictEqual } from 'node:assert/strict';
import { setTimeout } from 'node:timers/promises';
import type { JsonObject } from '@greenroom/cache-core';
import type { Trial, TrialSubject } from './trial';

/** Duration of a load, in ms. */
const LOAD_MS = 20;

/** Makes stampedes, one after the other, each on another missing key. All callers have to get the value. */
export async function runStampedes(
  { caches: [cache], samples: [sample], readThrough }: TrialSubject,
  callers: number,
  durationMs: number,
): Promise<Trial> {
  if (!cache || !sample || !readThrough) throw new Error('It is not measured with stampedes');
  let loads = 0;
  const load = async () => {
    loads++;
    await setTimeout(LOAD_MS);
    return sample.value;
  };
  const startedAtMs = performance.now();
  const cpuBefore = process.cpuUsage();
  let stampedes = 0;
  let answeringMs = 0;
  for (let nowMs = startedAtMs; nowMs - startedAtMs < durationMs; nowMs = performance.now()) {
    const key = `missing-${process.pid}-${nowMs}`;
    const values: readonly unknown[] = await Promise.all(Array.from({ length: callers }, () => readThrough(key, load)));
    answeringMs += performance.now() - nowMs;
    stampedes++;
    // Waits until the value is stored, which is part of the cost.
    deepStrictEqual(await cache.get(key), sample.value);
    for (const value of values) deepStrictEqual((value as JsonObject)['id'], sample.value['id']);
  }
  const cpu = process.cpuUsage(cpuBefore);
  return {
    operationsPerSecond: ((stampedes * callers) / answeringMs) * 1000,
    cpuMicroseconds: (cpu.user + cpu.system) / (stampedes * callers),
    loads: loads / stampedes,
  };
}
