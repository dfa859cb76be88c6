// Measures how old the reads of a near cache can be with one store, and prints the result as JSON.
import { fileURLToPath } from 'node:url';
import { createFaultProxy } from '@greenroom/cache-core/testing';
import {
  faults,
  openClusterTrial,
  openLostNodeTrial,
  openSentinelTrial,
  openTrialStores,
  runTrials,
} from '@greenroom/test-servers';
import type { Trial, TrialResult } from '@greenroom/test-servers';
import type { Store } from './scenario';
import { MAX_STALENESS_MS } from './staleness';
import type { MeasuredStaleness, StalenessResult } from './staleness';

const LENGTH_MS = 8000;

const store = process.argv[2] as Store;
const ofServers = Object.values(faults);
const opened = await openTrialStores(store, ofServers, createFaultProxy);
const topologies =
  store === 'memcache'
    ? []
    : await Promise.all([openSentinelTrial(store), openClusterTrial(store), openLostNodeTrial(store)]);
const trials: Trial[] = [
  ...ofServers.map((fault, index) => ({ fault, in: opened.stores[index] as Trial['in'] })),
  ...topologies.map(({ trial }) => trial),
];
// Trials with and without a near cache run at the same time, on the same servers, so that a fault affects both.
const onlyWatching = trials.map(trial => ({ ...trial, fault: { ...trial.fault, run: watch } }));
const results = await runTrials(
  [...trials.map(trial => ({ ...trial, maxStalenessMs: MAX_STALENESS_MS })), ...onlyWatching],
  { processFile: fileURLToPath(new URL('./readingProcess.mjs', import.meta.url)), lengthMs: LENGTH_MS },
);
await Promise.all([opened, ...topologies].map(one => one.stop()));

const measured = trials.map(({ fault }, index): MeasuredStaleness => {
  const near = results[index] as TrialResult;
  for (const example of [...near.all.examples, ...near.own.examples])
    console.error(`${store}: ${fault.name}: ${example}`);
  const without = results[trials.length + index] as TrialResult;
  return { store, fault: fault.name, near: toResult(near), without: toResult(without) };
});
process.stdout.write(`${JSON.stringify(measured)}\n`, () => process.exit());

async function watch({ part }: Parameters<Trial['fault']['run']>[0]): Promise<void> {
  await part(1);
}

function toResult({ all, own, wrong, operations }: TrialResult): StalenessResult {
  const gets = Object.values(operations).reduce((sum, count) => sum + count, 0);
  return {
    reads: all.reads,
    nearShare: (operations.near ?? 0) / gets,
    oldestMs: all.oldestMs,
    violations: all.tooOld + all.impossible + own.tooOld + own.impossible + wrong,
  };
}
